import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { DetectorBusyError } from '../faces/face-detector.ts';
import { ImageError } from '../photos/read-image.ts';

export type ApiErrorCode =
  | 'STARTING'
  | 'BUSY'
  | 'BAD_REQUEST'
  | 'NOT_FOUND'
  | 'METHOD_NOT_ALLOWED'
  | 'TOO_LARGE'
  | 'UNSUPPORTED_TYPE'
  | 'BROKEN_IMAGE'
  | 'NO_FACE'
  | 'FORBIDDEN_ORIGIN'
  | 'INTERNAL';

const STATUS: Readonly<Record<ApiErrorCode, ContentfulStatusCode>> = {
  STARTING: 503,
  BUSY: 503,
  BAD_REQUEST: 400,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  TOO_LARGE: 413,
  UNSUPPORTED_TYPE: 415,
  BROKEN_IMAGE: 422,
  NO_FACE: 422,
  FORBIDDEN_ORIGIN: 403,
  INTERNAL: 500,
};

/** An answer that is an error; the message is fit to be shown to a person. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ApiErrorCode;

  constructor(code: ApiErrorCode, message: string) {
    super(message);
    this.code = code;
  }

  get status(): ContentfulStatusCode {
    return STATUS[this.code];
  }

  toJSON(): { error: { code: ApiErrorCode; message: string } } {
    return { error: { code: this.code, message: this.message } };
  }
}

/** What the client hears of a failure: an unexpected one is logged and told without its inside. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof ImageError) return new ApiError(error.code, error.message);
  if (error instanceof DetectorBusyError) {
    return new ApiError('BUSY', 'Many pictures are being looked at. Try again in a few seconds.');
  }
  console.error(error);
  return new ApiError(
    'INTERNAL',
    'Something failed on the server. The log says what; trying again may work.',
  );
}
