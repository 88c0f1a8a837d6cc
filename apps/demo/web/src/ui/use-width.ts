import { useLayoutEffect, useRef, useState, type RefObject } from 'react';

/** The last width measured: a page that comes back is laid out before it is measured again. */
let lastWidth = 0;

/** The width of an element in whole pixels, 0 before the first measure; follows every change. */
export function useWidth<E extends HTMLElement>(): [RefObject<E | null>, number] {
  const element = useRef<E>(null);
  const [width, setWidth] = useState(lastWidth);
  useLayoutEffect(() => {
    const target = element.current;
    if (!target) return;
    const measure = (): void => {
      lastWidth = Math.floor(target.getBoundingClientRect().width);
      setWidth(lastWidth);
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(target);
    return () => observer.disconnect();
  }, []);
  return [element, width];
}
