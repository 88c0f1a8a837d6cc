import { useSyncExternalStore } from 'react';
import type { Photo } from '../api/types.ts';

/** The server writes counts behind; a visitor sees the own download counted at once, in this tab. */
const atLeast = new Map<string, number>();
const listeners = new Set<() => void>();

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

const shown = ({ id, downloads }: Photo): number => Math.max(downloads, atLeast.get(id) ?? 0);

export function countDownload(photo: Photo): void {
  atLeast.set(photo.id, shown(photo) + 1);
  for (const listener of listeners) listener();
}

export function useDownloads(photo: Photo): number {
  return useSyncExternalStore(subscribe, () => shown(photo));
}
