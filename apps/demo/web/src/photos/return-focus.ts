import { useEffect } from 'react';
import type { Id, Photo } from '../api/types.ts';
import { useLocation } from '../router/location.ts';
import { tileId } from './photo-tile.tsx';

/** The photo that was last looked at: its tile takes the focus when the visitor comes back to the list. */
let lastOpened: Id | undefined;

export function rememberOpened(id: Id): void {
  lastOpened = id;
}

export function useReturnFocus(photos: readonly Photo[]): void {
  const { cause } = useLocation();
  useEffect(() => {
    if (cause !== 'pop' || lastOpened === undefined) return;
    if (!photos.some((photo) => photo.id === lastOpened)) return;
    document.getElementById(tileId(lastOpened))?.focus({ preventScroll: true });
    lastOpened = undefined;
  }, [cause, photos]);
}
