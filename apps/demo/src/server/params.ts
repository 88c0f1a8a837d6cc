import type { Context } from 'hono';
import type { Page } from '../photos/model.ts';
import { ApiError } from './api-error.ts';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const MAX_OFFSET = 1_000_000;
const DEFAULT_LIMIT = 60;
const MAX_LIMIT = 200;
const MAX_QUERY_CHARS = 100;
const MAX_NAME_CHARS = 80;

/** The `:id` of the path. @throws ApiError BAD_REQUEST */
export function readId(c: Context): string {
  return checkId(c.req.param('id'), 'The id in the address');
}

export function checkId(value: unknown, what: string): string {
  if (typeof value === 'string' && UUID.test(value)) return value;
  throw new ApiError('BAD_REQUEST', `${what} is not an id of this service.`);
}

/** `offset` and `limit`, in plain decimal digits. @throws ApiError BAD_REQUEST */
export function readPage(c: Context): Page {
  return {
    offset: readCount(c, 'offset', 0, 0, MAX_OFFSET),
    limit: readCount(c, 'limit', DEFAULT_LIMIT, 1, MAX_LIMIT),
  };
}

function readCount(c: Context, name: string, fallback: number, least: number, most: number): number {
  const values = c.req.queries(name);
  if (values === undefined) return fallback;
  const [value] = values;
  const count =
    value !== undefined && values.length === 1 && /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
  if (count >= least && count <= most) return count;
  throw new ApiError(
    'BAD_REQUEST',
    `${name} must be given once, as a whole number from ${least} to ${most}.`,
  );
}

/** The text that is searched for. @throws ApiError BAD_REQUEST */
export function readQuery(c: Context): string {
  const text = c.req.query('q')?.trim().normalize('NFC') ?? '';
  if (text === '' || text.length > MAX_QUERY_CHARS || hasControls(text)) {
    throw new ApiError('BAD_REQUEST', `q must be a text of 1 to ${MAX_QUERY_CHARS} characters.`);
  }
  return text;
}

/** A JSON object. @throws ApiError BAD_REQUEST */
export async function readJson(c: Context): Promise<Readonly<Record<string, unknown>>> {
  let body: unknown;
  try {
    body = await c.req.json();
  } catch {
    throw new ApiError('BAD_REQUEST', 'The body is not valid JSON.');
  }
  if (typeof body === 'object' && body !== null && !Array.isArray(body))
    return body as Record<string, unknown>;
  throw new ApiError('BAD_REQUEST', 'The body must be a JSON object.');
}

export function checkName(value: unknown): string {
  const name = typeof value === 'string' ? value.trim().normalize('NFC') : '';
  if (name !== '' && name.length <= MAX_NAME_CHARS && !hasControls(name)) return name;
  throw new ApiError('BAD_REQUEST', `name must be a text of 1 to ${MAX_NAME_CHARS} characters.`);
}

function hasControls(text: string): boolean {
  return /\p{Cc}/u.test(text) || !text.isWellFormed();
}
