import type { Register } from './register.ts';

/**
 * KEYS: a register. ARGV: fence, or '' for none; the version to write, or '' to read. Gives the version that was
 * there, or nil where somebody with a higher fence was there before.
 */
const OPEN = `
if ARGV[1] ~= '' then
  local last = tonumber(redis.call('HGET', KEYS[1], 'fence') or '0')
  if tonumber(ARGV[1]) < last then return false end
  redis.call('HSET', KEYS[1], 'fence', ARGV[1])
end
local found = tonumber(redis.call('HGET', KEYS[1], 'version') or '0')
if ARGV[2] ~= '' then redis.call('HSET', KEYS[1], 'version', ARGV[2]) end
return found`;

/** A client of Redis, as ioredis is one. */
export interface Evaluates {
  eval(script: string, keys: number, ...args: string[]): Promise<unknown>;
}

/** On a server of its own, which plays the database. */
export class RedisRegister implements Register {
  readonly #client: Evaluates;
  readonly #isGuarded: boolean;

  constructor(client: Evaluates, isGuarded: boolean) {
    this.#client = client;
    this.#isGuarded = isGuarded;
  }

  read(name: string, fence: number | undefined): Promise<number | undefined> {
    return this.#open(name, fence, '');
  }

  write(name: string, fence: number | undefined, seen: number): Promise<number | undefined> {
    return this.#open(name, fence, String(seen + 1));
  }

  async #open(name: string, fence: number | undefined, version: string): Promise<number | undefined> {
    const key = `${this.#isGuarded ? 'guarded' : 'plain'}:${name}`;
    const guard = this.#isGuarded ? String(fence) : '';
    const found = await this.#client.eval(OPEN, 1, key, guard, version);
    return typeof found === 'number' ? found : undefined;
  }
}
