import { parseEntityTags, weaklyEqual } from './entity-tag.ts';
import { combinedValue, type FieldLines, valuesOf, withoutFields, type RequestFields } from './fields.ts';
import { parseHttpDate } from './http-date.ts';

/** RFC 9110 13.1.2: false, so 304, when any member weakly equals the response's own tag. */
export const ifNoneMatchHolds = (condition: string, entityTag: string | undefined): boolean => {
  const tags = parseEntityTags(condition);
  if (tags === '*') return false;
  return entityTag === undefined || !tags.some((tag) => weaklyEqual(tag, entityTag));
};

/**
 * RFC 9110 13.1.3, RFC 9111 4.3.2: false, so 304, when the response is not newer than the date. Without
 * Last-Modified its Date counts. What is no HTTP date is ignored.
 */
export const ifModifiedSinceHolds = (condition: string, response: FieldLines, nowMs: number): boolean => {
  const since = parseHttpDate(condition, nowMs);
  if (since === undefined) return true;
  const modified = valuesOf(response, 'last-modified')[0] ?? valuesOf(response, 'date')[0];
  const modifiedMs = modified === undefined ? undefined : parseHttpDate(modified, nowMs);
  return modifiedMs === undefined || modifiedMs > since;
};

/** RFC 9110 13.2.2: If-None-Match first, and where it is given If-Modified-Since is ignored. 200 only. */
export const isNotModified = (
  request: RequestFields,
  response: { readonly status: number; readonly fields: FieldLines },
  nowMs: number,
): boolean => {
  if (response.status !== 200) return false;
  const noneMatch = combinedValue(request, 'if-none-match');
  if (noneMatch !== undefined) return !ifNoneMatchHolds(noneMatch, valuesOf(response.fields, 'etag')[0]);
  const modifiedSince = valuesOf(request, 'if-modified-since')[0];
  return modifiedSince !== undefined && !ifModifiedSinceHolds(modifiedSince, response.fields, nowMs);
};

const CONTENT_FIELDS: ReadonlySet<string> = new Set([
  'content-encoding',
  'content-language',
  'content-length',
  'content-md5',
  'content-range',
  'content-type',
  'digest',
  'content-digest',
  'repr-digest',
]);

/** RFC 9110 15.4.5: a 304 leaves out what describes the content; the recipient has it. */
export const fieldsOfNotModified = (fields: FieldLines): FieldLines => withoutFields(fields, CONTENT_FIELDS);
