import type { Context } from 'hono';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';

export interface FileReply {
  readonly path: string;
  readonly mediaType: string;
  readonly cacheControl: string;
  /** Strong: names these bytes and no others. */
  readonly etag?: string;
  /** Given: the browser saves the file under this name. */
  readonly downloadAs?: string;
}

/** Sends a file, or 304 if the client has it. Undefined if there is no such file. */
export async function sendFile(c: Context, reply: FileReply): Promise<Response | undefined> {
  const size = await sizeOf(reply.path);
  if (size === undefined) return undefined;
  c.header('Cache-Control', reply.cacheControl);
  c.header('X-Content-Type-Options', 'nosniff');
  if (reply.etag !== undefined) {
    c.header('ETag', reply.etag);
    if (matches(c.req.header('if-none-match'), reply.etag)) return c.body(null, 304);
  }
  c.header('Content-Type', reply.mediaType);
  c.header('Content-Length', String(size));
  if (reply.downloadAs !== undefined) c.header('Content-Disposition', attachment(reply.downloadAs));
  if (c.req.method === 'HEAD') return c.body(null);
  return c.body(Readable.toWeb(createReadStream(reply.path)) as ReadableStream<Uint8Array>);
}

/** Opened and not only looked at: a file that may not be read counts as missing. */
async function sizeOf(path: string): Promise<number | undefined> {
  try {
    await using file = await open(path, 'r');
    const status = await file.stat();
    return status.isFile() ? status.size : undefined;
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}

/** RFC 9110, 13.1.2: weak comparison. */
function matches(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag);
}

/** RFC 6266: a plain name for old clients, the true one in UTF-8. */
function attachment(fileName: string): string {
  const plain = fileName.replace(/[^\x20-\x7e]|["\\%]/g, '_');
  const encoded = encodeURIComponent(fileName).replace(
    /['()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`;
}
