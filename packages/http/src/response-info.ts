import type { ResponseHead } from './exchange.ts';
import type { ResponseInfo } from './options.ts';
import { combinedValue } from './rules/fields.ts';

/** The head of a response as applications see it. */
export const responseInfo = (head: ResponseHead): ResponseInfo => ({
  status: head.status,
  header: (name) => combinedValue(head.fields, name.toLowerCase()),
});
