import type { Id } from '../api/types.ts';

/** Where one file stands. `already-here` is a success: the same picture was stored before. */
export type UploadState = 'waiting' | 'sending' | 'storing' | 'faces' | 'done' | 'already-here' | 'failed';

export interface UploadItem {
  id: number;
  file: File;
  albumId: Id;
  state: UploadState;
  /** 0..1 of the bytes. */
  sent: number;
  photoId: Id | undefined;
  /** The album that the picture was in already: not always the one it was sent to. */
  foundIn: Id | undefined;
  /** It failed, and would fail again. */
  lasting: boolean;
  reason: string | undefined;
}

export const stateWords: Readonly<Record<UploadState, string>> = {
  waiting: 'Waiting',
  sending: 'Sending',
  storing: 'Making thumbnails',
  faces: 'Looking for faces',
  done: 'Done',
  'already-here': 'Already here',
  failed: 'Failed',
};

export const isOver = ({ state }: UploadItem): boolean =>
  state === 'done' || state === 'already-here' || state === 'failed';

/** The photo is stored: finding its faces goes on behind it. */
export const isStored = (item: UploadItem): boolean => isOver(item) || item.state === 'faces';
