import { warnOnce } from './warn-once.ts';

type Tell = (error: unknown) => unknown;

/**
 * The application's `onError`, which may throw or reject: that must not end a response that is on its way, nor the
 * process. What it could not be told is told as if it were not there.
 */
export const toldBy = (onError: Tell): ((error: unknown) => void) => {
  const instead = warnOnce();
  return (error) => {
    try {
      const told = onError(error);
      if (told instanceof Promise) told.catch(() => instead(error));
    } catch {
      instead(error);
    }
  };
};
