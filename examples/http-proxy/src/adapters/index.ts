import type { Adapter } from './adapter.ts';
import { express } from './express.ts';
import { fastify } from './fastify.ts';
import { fetch } from './fetch.ts';
import { hono } from './hono.ts';
import { koa } from './koa.ts';
import { node } from './node.ts';

export type AdapterName = 'node' | 'express' | 'fastify' | 'hono' | 'koa' | 'fetch';

export const ADAPTERS: Readonly<Record<AdapterName, Adapter>> = { node, express, fastify, hono, koa, fetch };

export const isAdapterName = (name: string): name is AdapterName => Object.hasOwn(ADAPTERS, name);
