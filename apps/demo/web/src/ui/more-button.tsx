import { useEffect, useRef } from 'react';

/** Brings the next page of a list when it comes near, and by hand for those who use the keyboard. */
export function MoreButton({ more, loading }: { more: (() => void) | undefined; loading: boolean }) {
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    const element = button.current;
    if (!element || !more || loading) return;
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) more();
      },
      { rootMargin: '800px' },
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, [more, loading]);
  if (!more) return null;
  return (
    <button ref={button} type="button" className="button more-button" onClick={more} disabled={loading}>
      Show more photos
    </button>
  );
}
