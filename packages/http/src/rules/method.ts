/** RFC 9110 9.2.1: methods that change nothing. All others, unknown ones included, may. */
const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);

/** Methods are case-sensitive (RFC 9110 9.1): `get` is unknown, so it is not safe. */
export const isSafeMethod = (method: string): boolean => SAFE.has(method);

/** What is answered from the store: GET, and HEAD from a stored GET (RFC 9110 9.3.2). */
export const isReadMethod = (method: string): boolean => method === 'GET' || method === 'HEAD';

/** RFC 9111 4.4: a non-error response (2xx, 3xx) to an unsafe method invalidates. */
export const invalidates = (method: string, status: number): boolean =>
  !isSafeMethod(method) && status >= 200 && status < 400;
