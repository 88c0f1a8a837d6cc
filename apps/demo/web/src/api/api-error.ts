/** A reply that is not a success, or no reply at all (status 0, code `UNREACHABLE`). */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(message: string, status: number, code: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
  }
}

/** No such thing (404), or an address that can name none (400). */
export const isNotThere = ({ status }: ApiError): boolean => status === 404 || status === 400;

/** The same request will fail again. A timeout (408) and too many requests (429) pass. */
export const isLasting = ({ status }: ApiError): boolean =>
  status >= 400 && status < 500 && status !== 408 && status !== 429;

export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError(error instanceof Error ? error.message : String(error), 0, 'UNKNOWN', { cause: error });
}

/** The server's own words (`{error:{code,message}}`) where it gave any, else what the status means. */
export function errorOfReply(body: string, status: number): ApiError {
  const said = errorIn(body);
  if (said) return new ApiError(said.message, status, said.code);
  if (status === 404)
    return new ApiError('This is not here. It may have been removed or merged.', 404, 'NOT_FOUND');
  return new ApiError(`The server answered with status ${status}.`, status, 'UNKNOWN');
}

function errorIn(body: string): { code: string; message: string } | undefined {
  if (!body.startsWith('{')) return undefined;
  try {
    const { error } = JSON.parse(body) as { error?: { code?: string; message?: string } };
    return error?.message ? { code: error.code ?? 'UNKNOWN', message: error.message } : undefined;
  } catch (error) {
    console.warn('An error reply is not JSON:', error);
    return undefined;
  }
}
