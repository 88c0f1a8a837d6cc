import { randomBytes } from 'node:crypto';
import type { Clock, Timer } from '@keepsake/core';
import { inBatches, inTurn } from './batches.ts';
import type { Connection, Servers } from './servers.ts';
import { type HeldLease, MAX_LEASES, releaseLeases, renewLeases } from './scripts/lease.ts';

/** A lease lasts this long unless it is renewed: a killed holder delays the others by no more. */
export const LEASE_MS = 2_000;
const RENEW_MS = Math.floor(LEASE_MS / 3);
/** A lease is not renewed for longer than a loader may take. */
export const RENEW_FOR_MS = 35_000;
/** Leases beyond it are not renewed. */
export const MAX_HELD = 10_000;

interface Held extends HeldLease {
  readonly since: number;
}

/**
 * The leases that this process holds, renewed at a third of their life by one timer, until they are filled,
 * given back, lost or too old. A process that pauses renews too late and so loses its right to fill.
 */
export class LeaseKeeper {
  readonly #servers: Servers;
  readonly #clock: Clock;
  readonly #held = new Map<string, Held>();
  /** Tokens are unique without a draw of random bytes for each: 128 bits of the process, then a count. */
  readonly #tokenBase = randomBytes(16).toString('base64url');
  #tokens = 0;
  #timer: Timer | undefined;
  #isClosed = false;

  constructor(servers: Servers) {
    this.#servers = servers;
    this.#clock = servers.clock;
  }

  get size(): number {
    return this.#held.size;
  }

  /** A token that no other lease has or had, with `kind` in front. */
  newToken(kind: string): string {
    this.#tokens += 1;
    return `${kind}${this.#tokenBase}.${this.#tokens.toString(36)}`;
  }

  hold(lease: HeldLease): void {
    if (this.#isClosed || this.#held.size >= MAX_HELD) return;
    this.#held.set(lease.token, { ...lease, since: this.#clock.now() });
    this.#timer ??= this.#clock.setTimer(() => this.#tick(), RENEW_MS, 'background');
  }

  forget(token: string): void {
    this.#held.delete(token);
  }

  /** Gives leases back, held by this or not. Rejects where one could not be. */
  async release(leases: readonly HeldLease[]): Promise<void> {
    for (const { token } of leases) this.forget(token);
    const groups = this.#servers.group(leases, ({ lease }) => lease);
    const batches = groups.flatMap(({ connection, items }) =>
      inBatches(items, MAX_LEASES).map((batch) => ({ connection, batch })),
    );
    await inTurn(batches, ({ connection, batch }) => releaseLeases(connection, batch));
  }

  /** Stops renewing and gives back what is held, as far as the server can be asked. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    const held = [...this.#held.values()];
    this.#held.clear();
    if (this.#servers.isUp) await this.release(held).catch(() => undefined); // they end by themselves
  }

  #tick(): void {
    this.#timer = undefined;
    const now = this.#clock.now();
    for (const { token, since } of this.#held.values()) {
      if (now - since > RENEW_FOR_MS) this.#held.delete(token);
    }
    if (this.#held.size === 0) return;
    this.#timer = this.#clock.setTimer(() => this.#tick(), RENEW_MS, 'background');
    for (const { connection, items } of this.#servers.group([...this.#held.values()], ({ lease }) => lease)) {
      for (const batch of inBatches(items, MAX_LEASES)) this.#renew(connection, batch);
    }
  }

  #renew(connection: Connection, leases: readonly HeldLease[]): void {
    renewLeases(connection, leases, LEASE_MS).then(
      (answers) => leases.forEach(({ token }, i) => answers[i] === true || this.#held.delete(token)),
      // Unknown: the next tick tries again, and a lease that lapsed meanwhile refuses the fill.
      () => undefined,
    );
  }
}
