import type { MiddlewareHandler } from 'hono';
import { extname, join, normalize, sep } from 'node:path';
import { sendFile } from './send-file.ts';

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
};

/** Vite puts a hash of the content into the names below /assets. */
const IMMUTABLE = 'public, max-age=31536000, immutable';
const REVALIDATE = 'no-cache';

const NOT_BUILT = `<!doctype html><meta charset="utf-8"><title>Keepsake demo</title>
<p>The pages are not built. Run <code>pnpm demo</code>, which builds them; the API under <code>/api/v1</code> works.</p>`;

/** Serves the built pages; any other address is a page of the app, which the browser draws from index.html. */
export function webPages(webDir: string): MiddlewareHandler {
  return async (c) => {
    if (c.req.method !== 'GET' && c.req.method !== 'HEAD')
      return c.text('Method not allowed', 405, { Allow: 'GET, HEAD' });
    const path = filePath(webDir, c.req.path);
    if (path !== undefined) {
      const isHashed = c.req.path.startsWith('/assets/');
      const mediaType = MEDIA_TYPES[extname(path).toLowerCase()] ?? 'application/octet-stream';
      const file = await sendFile(c, { path, mediaType, cacheControl: isHashed ? IMMUTABLE : REVALIDATE });
      if (file !== undefined) return file;
      // A missing asset must not be answered with a page: the browser would run HTML as a script.
      if (isHashed || extname(path) !== '') return c.text('Not found', 404);
    }
    const index = {
      path: join(webDir, 'index.html'),
      mediaType: 'text/html; charset=utf-8',
      cacheControl: REVALIDATE,
    };
    return (await sendFile(c, index)) ?? c.html(NOT_BUILT, 503);
  };
}

/** Where the address lies below `webDir`; undefined for what lies outside, cannot be decoded, or is the root. */
function filePath(webDir: string, address: string): string | undefined {
  let decoded: string;
  try {
    decoded = decodeURIComponent(address);
  } catch {
    return undefined;
  }
  if (decoded.includes('\0')) return undefined;
  const path = normalize(join(webDir, decoded));
  return path.startsWith(webDir + sep) && !path.endsWith(sep) ? path : undefined;
}
