import type { ServerResponse } from 'node:http';

/** Whether nothing more can be sent: the client has gone, or the response was broken off. */
export const hasGone = (
  // A response of HTTP/2 has no state of its own: its stream has.
  res: ServerResponse & { readonly stream?: { readonly destroyed?: boolean } },
): boolean => res.destroyed || res.socket?.destroyed === true || res.stream?.destroyed === true;
