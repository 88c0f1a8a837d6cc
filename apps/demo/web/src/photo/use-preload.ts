import { useEffect } from 'react';
import { imageUrl } from '../api/paths.ts';
import type { Photo } from '../api/types.ts';

/** Fetches the neighbours' pictures behind the one on screen, so that the next key press shows them at once. */
export function usePreload(photos: readonly (Photo | undefined)[]): void {
  const ids = photos.map((photo) => photo?.id ?? '').join(' ');
  useEffect(() => {
    for (const id of ids.split(' ')) {
      if (id === '') continue;
      const image = new Image();
      image.fetchPriority = 'low';
      image.src = imageUrl(id, 'large');
    }
  }, [ids]);
}
