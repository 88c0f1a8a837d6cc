import { createPhotoCache } from '@keepsake/entities';
import { shutdownCache, startupCache } from '@keepsake/http';
import { fileURLToPath } from 'node:url';
import { type Config } from './config.ts';
import { lockDataDir } from './data-dir-lock.ts';
import { type Database, openDatabase, type OpenDatabase } from './database/open-database.ts';
import { openDemoCache } from './demo-cache.ts';
import { FaceDetector } from './faces/face-detector.ts';
import { ImportProgress } from './importing/import-progress.ts';
import { importPhotos } from './importing/import-photos.ts';
import { listFolder, listSamples } from './importing/sources.ts';
import { DownloadCounting } from './photos/download-counting.ts';
import { openCounters } from './photos/open-counters.ts';
import { PhotoFiles } from './photos/photo-files.ts';
import { PhotoLibrary } from './photos/photo-library.ts';
import { PhotoReads } from './photos/photo-reads.ts';
import type { DemoCache, DemoValues } from './photos/photo-values.ts';
import { PhotoWrites } from './photos/photo-writes.ts';
import { SelfieSearch } from './photos/selfie-search.ts';
import { RequestMeter } from './request-meter.ts';
import { createApp } from './server/app.ts';
import { listen } from './server/listen.ts';
import type { Services } from './server/services.ts';

export interface Demo {
  readonly url: string;
  /** Schema up and import over; rejects if the database cannot be opened. */
  readonly ready: Promise<void>;
  close(): Promise<void>;
}

/** Requests under way at the end may take this long. */
const CLOSE_GRACE_MS = 700;
const CACHE_CLOSE_S = 0.5;

/** Starts everything: resolves once HTTP is answered, while the database opens and the import runs behind. @throws ConfigError */
export async function startDemo(config: Config): Promise<Demo> {
  const meter = new RequestMeter();
  const cache = openDemoCache(config, meter);
  const progress = new ImportProgress();
  const stopping = new AbortController();
  const detector = new FaceDetector();
  let services: (Services & { readonly close: () => Promise<void> }) | undefined;

  const app = createApp({
    services: () => services,
    progress: () => progress.report(),
    meter,
    cacheReport: {
      stats: () => cache.stats(),
      dbQueries: () => meter.totalQueries,
      instance: `${config.host}:${config.port}`,
    },
    images: config.cacheEnabled ? cache : undefined,
    webDir: fileURLToPath(
      new URL(import.meta.url.endsWith('.ts') ? '../dist/web' : './web', import.meta.url),
    ),
  });
  const server = await listen(app.fetch, config.host, config.port);
  const unlock = await lockDataDir(config.dataDir).catch(async (error: unknown) => {
    await Promise.all([server.close(0), shutdownCache(cache, { timeout: CACHE_CLOSE_S })]);
    throw error;
  });

  // Not waited for, and it never rejects: without its store the cache is passed by, and its events tell the log.
  if (config.cacheEnabled) void startupCache(cache);
  const ready = prepare();
  return { url: server.url, ready, close };

  async function prepare(): Promise<void> {
    const { signal } = stopping;
    const database = await openDatabase(config.dataDir, { meter, signal });
    services = await openServices(database);
    detector.warmUp();
    await runImport(database, services.library, signal);
  }

  async function openServices(database: OpenDatabase): Promise<NonNullable<typeof services>> {
    const { db } = database;
    const { faceDistance } = config;
    const files = new PhotoFiles(config.dataDir);
    await files.prepare();
    const { photos, downloads } = openCached(db);
    const reads = new PhotoReads(db, photos, downloads);
    const writes = new PhotoWrites(db, photos, downloads);
    const library = new PhotoLibrary({ db, files, detector, faceDistance, listener: writes });
    const selfies = new SelfieSearch({ db, reads, detector, faceDistance });
    const closeAll = async (): Promise<void> => {
      await library.close();
      await downloads.close();
      await database.close();
    };
    return { reads, writes, library, files, selfies, close: closeAll };
  }

  /** What stands between the app and its tables; without a cache there are the tables alone. */
  function openCached(db: Database): { photos: DemoCache | undefined; downloads: DownloadCounting } {
    if (!config.cacheEnabled) return { photos: undefined, downloads: new DownloadCounting(db, undefined) };
    const counters = openCounters(config, db);
    const photos = createPhotoCache<DemoValues>(cache, { downloads: counters });
    return { photos, downloads: new DownloadCounting(db, { counters, photos }) };
  }

  async function runImport({ db }: OpenDatabase, library: PhotoLibrary, signal: AbortSignal): Promise<void> {
    const { sources, skipped } =
      config.photosDir === undefined
        ? { sources: listSamples(), skipped: [] }
        : await listFolder(config.photosDir, config.dataDir);
    progress.start(sources.length + skipped.length);
    for (const { folder, reason } of skipped) progress.failPhoto(folder, reason);
    await importPhotos({ db, library, progress, signal, sources });
    if (!signal.aborted) progress.finish();
  }

  async function close(): Promise<void> {
    stopping.abort(new Error('The demo is stopping.'));
    await Promise.all([server.close(CLOSE_GRACE_MS), detector.close()]);
    // Its failure is told to whoever waits for `ready`; here it only has to be over.
    await ready.catch(() => undefined);
    await services?.close();
    await shutdownCache(cache, { timeout: CACHE_CLOSE_S });
    await unlock();
  }
}
