import type { Cache } from '@keepsake/core';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { createMiddleware } from 'hono/factory';
import type { ImportReport } from '../importing/import-progress.ts';
import type { RequestCosts, RequestMeter } from '../request-meter.ts';
import { ApiError, toApiError } from './api-error.ts';
import { MAX_UPLOAD_BYTES, tooLarge } from './read-upload.ts';
import { imageCache } from './image-cache.ts';
import { refuseUnknown } from './refuse-unknown.ts';
import { albumRoutes } from './routes/album-routes.ts';
import { cacheRoutes, type CacheReport } from './routes/cache-routes.ts';
import { faceRoutes, peopleRoutes } from './routes/people-routes.ts';
import { photoRoutes } from './routes/photo-routes.ts';
import { searchRoutes } from './routes/search-routes.ts';
import type { ApiEnv, Services } from './services.ts';
import { webPages } from './web-pages.ts';

export interface AppParts {
  /** Undefined until the database is up. */
  readonly services: () => Services | undefined;
  readonly progress: () => ImportReport;
  readonly meter: RequestMeter;
  readonly cacheReport: CacheReport;
  /** Where small images are kept; undefined: nowhere. */
  readonly images: Cache | undefined;
  readonly webDir: string;
}

/** The multipart wrapping around the largest file. */
const MAX_BODY_BYTES = MAX_UPLOAD_BYTES + 64 * 1024;

/** The whole of the demo's HTTP. */
export function createApp({
  services,
  progress,
  meter,
  cacheReport,
  images,
  webDir,
}: AppParts): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>();

  app.onError((error, c) => {
    const answer = toApiError(error);
    if (answer.status === 503) c.header('Retry-After', '1');
    return c.json(answer, answer.status);
  });

  app.get('/healthz', (c) => {
    const report = progress();
    return c.json({
      status: 'ok',
      ready: services() !== undefined && report.state === 'done',
      import: report,
    });
  });

  app.use('/api/*', measure(meter), sameOrigin, bodyLimit({ maxSize: MAX_BODY_BYTES, onError: refuseBody }));
  app.use('/api/*', async (c, next) => {
    c.header('Cache-Control', 'no-store');
    await next();
  });
  app.route('/api/v1/cache', cacheRoutes(cacheReport));
  app.use('/api/v1/*', async (c, next) => {
    const ready = services();
    if (ready === undefined)
      throw new ApiError('STARTING', 'The database is starting. Try again in a second.');
    c.set('services', ready);
    await next();
  });
  if (images !== undefined) {
    app.on('GET', ['/api/v1/photos/:id/image', '/api/v1/faces/:id/crop'], imageCache(images));
  }
  app.route('/api/v1/albums', albumRoutes());
  app.route('/api/v1/photos', photoRoutes());
  app.route('/api/v1/people', peopleRoutes());
  app.route('/api/v1/faces', faceRoutes());
  app.route('/api/v1/search', searchRoutes());
  app.all('/api/*', refuseUnknown(app));
  app.all('*', webPages(webDir));
  return app;
}

/** Tells on each reply what it cost. */
function measure(meter: RequestMeter): ReturnType<typeof createMiddleware<ApiEnv>> {
  return createMiddleware<ApiEnv>(async (c, next) => {
    const costs: RequestCosts = { queries: 0, hits: 0, misses: 0 };
    const start = performance.now();
    await meter.run(costs, next);
    const total = (performance.now() - start).toFixed(1);
    c.header(
      'Server-Timing',
      `db;desc="${costs.queries}", cache;desc="${costs.hits}/${costs.misses}", total;dur=${total}`,
    );
  });
}

/** A page of another site may make a browser send forms here: its origin tells. */
const sameOrigin = createMiddleware<ApiEnv>(async (c, next) => {
  const origin = c.req.header('origin');
  const isRead = c.req.method === 'GET' || c.req.method === 'HEAD';
  if (!isRead && origin !== undefined && !isHost(origin, c.req.header('host'))) {
    throw new ApiError('FORBIDDEN_ORIGIN', 'Pages of another site may not change anything here.');
  }
  await next();
});

function isHost(origin: string, host: string | undefined): boolean {
  return URL.canParse(origin) && new URL(origin).host === host;
}

function refuseBody(): never {
  throw tooLarge();
}
