/** RFC 9111 3: status codes whose semantics this cache knows, which `must-understand` asks for. */
const UNDERSTOOD: ReadonlySet<number> = new Set([
  200, 201, 202, 203, 204, 205, 206, 300, 301, 302, 303, 307, 308, 400, 401, 402, 403, 404, 405, 406, 407,
  408, 409, 410, 411, 412, 413, 414, 415, 416, 417, 421, 422, 426, 500, 501, 502, 503, 504, 505,
]);

/** RFC 9111 3: a final status. 304 updates what is stored and is never stored itself. */
export const isStorableStatus = (status: number): boolean =>
  Number.isInteger(status) && status >= 200 && status <= 599 && status !== 304;

/** RFC 9110 15.1: statuses that may be given a heuristic lifetime; 206 with what it is a part of. */
const HEURISTIC: ReadonlySet<number> = new Set([200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501]);

export const isHeuristicallyCacheable = (status: number): boolean => HEURISTIC.has(status);

export const isUnderstoodStatus = (status: number): boolean => UNDERSTOOD.has(status);

/** Statuses that a lifetime which the handler did not state may be given to: an error never is. */
export const isSuccess = (status: number): boolean => status >= 200 && status < 300;

/** RFC 9110 6.4.1, 15.3.5, 15.3.6, 15.4.5: statuses that never have content. */
export const hasNoContent = (status: number): boolean => status === 204 || status === 205 || status === 304;
