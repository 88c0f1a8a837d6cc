import { useEffect, useRef } from 'react';
import { isPlainKey } from '../keyboard/plain-key.ts';

export interface PhotoActions {
  previous: () => void;
  next: () => void;
  details: () => void;
  faces: () => void;
  close: () => void;
}

/** Left and right, `i` details, `p` faces, Esc back. Keys typed in a field are the field's. */
export function usePhotoKeys(actions: PhotoActions): void {
  const latest = useRef(actions);
  useEffect(() => {
    latest.current = actions;
  });
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (!isPlainKey(event)) return;
      const run = actionFor(event.key, latest.current);
      if (!run) return;
      event.preventDefault();
      run();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
}

function actionFor(key: string, actions: PhotoActions): (() => void) | undefined {
  switch (key) {
    case 'ArrowLeft':
      return actions.previous;
    case 'ArrowRight':
      return actions.next;
    case 'i':
      return actions.details;
    case 'p':
      return actions.faces;
    case 'Escape':
      return actions.close;
    default:
      return undefined;
  }
}
