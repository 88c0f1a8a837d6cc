import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Config, readConfig } from '../src/config.ts';
import type { Database } from '../src/database/open-database.ts';
import { listSamples } from '../src/importing/sources.ts';
import { ensureAlbum } from '../src/photos/album-queries.ts';
import { insertPhoto } from '../src/photos/photo-queries.ts';
import { startDemo } from '../src/start-demo.ts';

/** A running demo on folders of its own. */
export interface TestDemo {
  readonly url: string;
  /** A request below /api/v1. */
  api(path: string, init?: RequestInit): Promise<ApiReply>;
  close(): Promise<void>;
}

/** What a test looks at of a reply. */
export interface ApiReply {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed JSON; undefined for anything else. Tests state its shape. */
  readonly body: unknown;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly queries: number;
  readonly hits: number;
  readonly misses: number;
}

/** An empty folder that a test removes. */
export function makeFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'keepsake-demo-test-'));
}

export function removeFolder(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true });
}

/** Puts sample photos, by the name under which the demo shows them, into a folder. */
export async function copySamples(folder: string, fileNames: readonly string[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const fileName of fileNames) await copyFile(samplePath(fileName), join(folder, fileName));
}

export function samplePath(fileName: string): string {
  const sample = listSamples().find((source) => source.fileName === fileName);
  if (sample === undefined) throw new Error(`no sample photo is named ${fileName}`);
  return sample.path;
}

export function writeText(folder: string, fileName: string): Promise<void> {
  return writeFile(join(folder, fileName), 'This is no picture.');
}

/** A row without a file: its id. */
export async function newPhoto(db: Database): Promise<string> {
  const id = await insertPhoto(db, {
    albumId: await ensureAlbum(db, 'test', 'Test'),
    fileName: 'photo.jpg',
    contentHash: crypto.randomUUID(),
    mediaType: 'image/jpeg',
    bytes: 1,
    width: 1,
    height: 1,
    takenAt: null,
    sourcePath: '/nowhere',
  });
  if (id === undefined) throw new Error('a random hash was there already');
  return id;
}

export function testConfig(env: Readonly<Record<string, string>>): Config {
  return readConfig({ PORT: '0', ...env });
}

/** Starts a demo and waits until its import is over. */
export async function startReadyDemo(env: Readonly<Record<string, string>>): Promise<TestDemo> {
  const demo = await startDemo(testConfig(env));
  await demo.ready;
  return {
    url: demo.url,
    api: (path, init) => request(`${demo.url}/api/v1${path}`, init),
    close: () => demo.close(),
  };
}

export async function request(url: string, init?: RequestInit): Promise<ApiReply> {
  const response = await fetch(url, init);
  const bytes = new Uint8Array(await response.arrayBuffer());
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
  const timing = response.headers.get('server-timing') ?? '';
  const [, queries, hits, misses] = /^db;desc="(\d+)", cache;desc="(\d+)\/(\d+)"/.exec(timing) ?? [];
  return {
    status: response.status,
    headers: response.headers,
    body: isJson ? JSON.parse(new TextDecoder().decode(bytes)) : undefined,
    bytes,
    queries: Number(queries ?? Number.NaN),
    hits: Number(hits ?? Number.NaN),
    misses: Number(misses ?? Number.NaN),
  };
}

/** A form with one picture in the field `file`. */
export function pictureForm(bytes: Uint8Array<ArrayBuffer>, fileName = 'picture.jpg'): RequestInit {
  const form = new FormData();
  form.set('file', new File([bytes], fileName));
  return { method: 'POST', body: form };
}

export function json(method: string, body: unknown): RequestInit {
  return { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
