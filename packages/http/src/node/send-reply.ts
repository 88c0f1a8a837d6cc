import type { ServerResponse } from 'node:http';
import type { Reply } from '../exchange.ts';
import { applyFields, fieldsSet, overrule } from './response-fields.ts';

/** Fields that middleware before the cache has set stay where the stored response has none of the name. */
export const applyHead = (res: ServerResponse, { status, fields }: Reply): void => {
  applyFields(res, overrule(fieldsSet(res), fields));
  res.statusCode = status;
};

/** Sends a reply of the cache's own. */
export const sendReply = (res: ServerResponse, reply: Reply): void => {
  applyHead(res, reply);
  res.writeHead(reply.status);
  if (reply.body) res.end(reply.body);
  else res.end();
};
