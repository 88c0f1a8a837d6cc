import { countOf } from '../format/numbers.ts';
import { isOver, isStored, type UploadItem } from './upload-item.ts';

export interface UploadSummary {
  title: string;
  detail: string;
  /** 0..1 of all bytes. */
  share: number;
  over: boolean;
}

/** All files in one line: "Uploading 17 of 42 · 1 already here". */
export function summarize(items: readonly UploadItem[]): UploadSummary {
  const of = (state: UploadItem['state']): number => items.filter((item) => item.state === state).length;
  const bytes = items.reduce((sum, item) => sum + item.file.size, 0);
  const sent = items.reduce((sum, item) => sum + item.file.size * (isStored(item) ? 1 : item.sent * 0.95), 0);
  const over = items.every(isOver);
  const stored = items.filter(isStored).length;
  const faces = of('faces');
  const notes = [
    of('already-here') > 0 ? `${of('already-here')} already here` : '',
    of('failed') > 0 ? `${of('failed')} failed` : '',
  ];
  const added = of('done') + faces;
  const title = over
    ? `${countOf(added, 'photo')} added`
    : stored === items.length
      ? `Looking for faces in ${countOf(faces, 'photo')}`
      : `Uploading ${Math.min(stored + 1, items.length)} of ${items.length}`;
  return { title, detail: notes.filter(Boolean).join(' · '), share: bytes === 0 ? 0 : sent / bytes, over };
}
