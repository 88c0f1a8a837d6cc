import {
  type BackendFence,
  type CaptureMode,
  type Entry,
  isMiss,
  type Miss,
  type MissReason,
} from '@keepsake/core';
import type { EntryReader } from './entry-reader.ts';
import { Gathering } from './gathering.ts';
import type { KeySpace } from './key-space.ts';
import { LEASE_MS, type LeaseKeeper } from './lease-keeper.ts';
import {
  FILL,
  type LeaseReply,
  type LeaseRequest,
  LOOK,
  readForFill,
  REPLACE,
} from './scripts/read-for-fill.ts';
import type { Servers } from './servers.ts';
import type { TagRecords } from './tag-records.ts';
import type { ValueReads } from './value-reads.ts';

/** A fence that is taken replaces what may be fresh: its fill is told like any other store. */
const KIND_OF = { 'if-free': FILL, fence: LOOK, take: REPLACE } as const;

/** Hands out the right to fill a key: a lease in Redis, and the number that what is made now is made at. */
export class Fences {
  readonly #keySpace: KeySpace;
  readonly #tags: TagRecords;
  readonly #reads: ValueReads;
  readonly #reader: EntryReader;
  readonly #leases: LeaseKeeper;
  readonly #asked: Gathering<LeaseRequest, LeaseReply>;

  constructor(
    servers: Servers,
    keySpace: KeySpace,
    tags: TagRecords,
    reads: ValueReads,
    reader: EntryReader,
    leases: LeaseKeeper,
  ) {
    this.#keySpace = keySpace;
    this.#tags = tags;
    this.#reads = reads;
    this.#reader = reader;
    this.#leases = leases;
    this.#asked = new Gathering({
      operation: 'read',
      // As with stores: keys of a slot on its way may lie on two nodes.
      isTogether: !servers.isCluster,
      keyOf: ({ value }) => value,
      bytesOf: ({ dead }) => dead?.length ?? 0,
      kindOf: ({ mode }) => mode,
      send: (requests) => readForFill(servers.of(requests[0]?.value ?? ''), requests),
    });
  }

  async capture(key: string, mode: CaptureMode): Promise<BackendFence | undefined> {
    const request = this.#request(key, mode === 'take' ? 'take' : 'if-free', KIND_OF[mode]);
    const reply = await this.#asked.ask(request);
    return reply.kind === 'taken' ? this.#take(key, request, reply, mode !== 'fence') : undefined;
  }

  /** The value, or the right to make it. What is found dead is asked about again, as if it were absent. */
  async read(key: string, intent: 'fill' | 'fence'): Promise<Entry | Miss> {
    let dead: Buffer | undefined;
    let reason: MissReason = 'never-set';
    const early = await this.#reads.lookFirst(key);
    if (early) {
      const found = await this.#reader.resolveOne(early);
      if (!isMiss(found) || found.reason === 'unavailable') return found;
      dead = early.bytes;
      reason = found.reason;
    }
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const request = { ...this.#request(key, 'miss', intent === 'fence' ? LOOK : FILL), dead };
      const reply = await this.#asked.ask(request);
      switch (reply.kind) {
        case 'value': {
          const { bytes, counterTtlMs } = reply;
          const found = await this.#reader.resolveOne({ key, bytes, counterTtlMs });
          this.#reads.noteFound(!isMiss(found));
          if (!isMiss(found) || found.reason === 'unavailable') return found;
          dead = bytes;
          reason = found.reason;
          break;
        }
        case 'taken':
          this.#reads.noteFound(false);
          return { reason, fence: await this.#take(key, request, reply, intent === 'fill') };
        case 'held':
          return { reason, heldForMs: reply.forMs };
        case 'refused':
          return { reason };
      }
    }
    return { reason };
  }

  #request(
    key: string,
    mode: LeaseRequest['mode'],
    kind: typeof FILL | typeof LOOK | typeof REPLACE,
  ): LeaseRequest {
    return {
      value: this.#keySpace.value(key),
      lease: this.#keySpace.lease(key),
      numbers: this.#keySpace.numbers,
      token: this.#leases.newToken(kind),
      leaseMs: LEASE_MS,
      mode,
      dead: undefined,
    };
  }

  /** `isKept`: the lease is renewed until the fence is used; otherwise it may be forgotten and ends by itself. */
  async #take(
    key: string,
    { lease, token }: LeaseRequest,
    { number }: Extract<LeaseReply, { kind: 'taken' }>,
    isKept: boolean,
  ): Promise<BackendFence> {
    if (isKept) this.#leases.hold({ lease, token });
    return { key, number: number ?? (await this.#tags.current()), token };
  }
}
