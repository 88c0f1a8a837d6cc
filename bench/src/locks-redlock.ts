/** Both majors of redlock, typed as far as the bench calls them: neither brings types that NodeNext finds. */
import { createRequire } from 'node:module';

export interface RedlockSettings {
  readonly retryCount: number;
  readonly retryDelay: number;
  readonly retryJitter: number;
  readonly automaticExtensionThreshold?: number;
}

export interface Redlock5Lock {
  readonly expiration: number;
  release(): Promise<unknown>;
}

export interface Redlock5 {
  acquire(resources: readonly string[], ttlMs: number): Promise<Redlock5Lock>;
  using<T>(
    resources: readonly string[],
    ttlMs: number,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T>;
  on(event: 'error', listener: (error: unknown) => void): this;
}

export interface Redlock4Lock {
  readonly expiration: number;
  unlock(): Promise<unknown>;
}

export interface Redlock4 {
  lock(resource: string, ttlMs: number): Promise<Redlock4Lock>;
  on(event: 'clientError', listener: (error: unknown) => void): this;
}

type Constructor<T> = new (clients: readonly object[], settings: RedlockSettings) => T;

const require = createRequire(import.meta.url);

export const Redlock5: Constructor<Redlock5> = (require('redlock') as { default: Constructor<Redlock5> })
  .default;
export const Redlock4: Constructor<Redlock4> = require('redlock4') as Constructor<Redlock4>;
