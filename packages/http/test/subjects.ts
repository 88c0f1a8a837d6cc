import type { Entry } from './entry.ts';
import { createNaiveCache } from './naive-cache.ts';
import type { Origin } from './origin.ts';
import type { Build, Guard, SubjectOptions } from './subjects/behind.ts';
import { connect, express } from './subjects/express.ts';
import { fastify } from './subjects/fastify.ts';
import { fetch } from './subjects/fetch.ts';
import { hono } from './subjects/hono.ts';
import { koa } from './subjects/koa.ts';
import { isRefused, node, nodeHandler } from './subjects/node.ts';
import { listen } from './listen.ts';

export type { SubjectOptions } from './subjects/behind.ts';

const BUILDS: Readonly<Record<'fetch' | 'node' | 'connect' | 'express' | 'fastify' | 'hono' | 'koa', Build>> =
  { fetch, node, connect, express, fastify, hono, koa };

export type Adapter = keyof typeof BUILDS;

/** Every way to put the cache before a handler; all behave the same. */
export const ADAPTERS = Object.keys(BUILDS) as readonly Adapter[];

export type Subject = Adapter | 'naive';

/** A handler behind a cache, on a real socket. */
export interface Running {
  readonly port: number;
  readonly url: string;
  /** What the naive cache has stored; undefined for ours. */
  readonly naive: Map<string, Entry> | undefined;
  purge(target: { url: string } | { tag: string }): Promise<unknown>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Before all else, the guard too. */
const buildNaive = (origin: Origin, guard: Guard) => {
  const handler = nodeHandler(origin);
  const { listener, stored } = createNaiveCache(async (req, res) => {
    if (!isRefused(guard, req, res)) await handler(req, res);
  });
  const purge = async () => ({ acknowledged: true, count: 0 });
  return { listener, purge, close: undefined, naive: stored };
};

export const start = async (
  subject: Subject,
  origin: Origin,
  options: SubjectOptions,
  guard: Guard = () => true,
): Promise<Running> => {
  const built =
    subject === 'naive' ? buildNaive(origin, guard) : await BUILDS[subject](origin, options, guard);
  const { listener, purge, close } = built;
  const server = await listen(listener);
  const { port } = server;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    naive: 'naive' in built ? built.naive : undefined,
    purge,
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      await close?.();
    },
  };
};
