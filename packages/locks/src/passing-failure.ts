import { isCacheError } from '@keepsake/core';

/** Whether asking the store again may help: it was out of reach, or did something that no port promises. */
export const mayPass = (error: unknown): boolean =>
  !isCacheError(error) || error.code === 'ERR_UNAVAILABLE' || error.code === 'ERR_TIMEOUT';
