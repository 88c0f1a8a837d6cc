import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Forward } from '../forward.ts';
import { isReadMethod } from '../rules/method.ts';
import { changeRequest } from './changed-request.ts';
import { hasGone } from './has-gone.ts';
import { type ResponseTap, tapResponse } from './response-tap.ts';

/** Taps the response of a request on its way to the handler. */
export const tapForward = (req: IncomingMessage, res: ServerResponse, forward: Forward): ResponseTap => {
  // A client that has gone will not see its handler to the end: the next one leads.
  if (hasGone(res)) {
    forward.fail();
    return { abandon: () => undefined, fail: () => undefined, release: () => undefined };
  }
  changeRequest(req, forward.change);
  const tap = tapResponse(res, forward, req.method === 'HEAD');
  // A write that failed late may have changed something: its answer still invalidates.
  return isReadMethod(req.method ?? '')
    ? tap
    : { ...tap, abandon: () => undefined, fail: () => tap.release() };
};
