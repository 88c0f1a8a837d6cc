import { decodeFrame, encodeBody, isFrame } from './wire/frame.ts';

/** The body of an intact entry with another number: what its tags were invalidated by before does not count. */
export const renumbered = (bytes: Buffer, number: number): Buffer | undefined => {
  const frame = decodeFrame(bytes);
  return isFrame(frame) ? encodeBody({ ...frame, number }) : undefined;
};
