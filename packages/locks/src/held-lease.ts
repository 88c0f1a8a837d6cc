/*
 * The life of a lease: held -> released | lost, both for good; and held <-> unverified after a sleep of
 * the machine is suspected, until the store has confirmed it.
 *
 * Invariants. `#validUntilMs` never lies after the store's own end of the TTL: it counts from the moment
 * before a command was sent, falls when a shorter TTL is sent, rises only by an answer. Release and
 * loss change the state in the same step in which they are decided, before anything is sent, so that no
 * renewal can start after them; one already under way is compared by token at the store and finds nothing.
 * One timer at a time drives renewal: it is the cut-off of the attempt that it starts.
 *
 * The file is longer than others: all that changes the state of a lease stands in one place.
 */
import {
  CacheError,
  type Clock,
  type Duration,
  isCacheError,
  type LockStore,
  type MaybePromise,
  type Timer,
} from '@keepsake/core';
import type { Alarms } from './alarms.ts';
import type { LateReleases } from './late-releases.ts';
import type { Lease } from './lease.ts';
import { lockLost, type LockLossCause } from './lock-loss.ts';
import { toLockTtlMs } from './options.ts';
import { rejected } from './rejected.ts';
import type { Member } from './roster.ts';
import type { Turn } from './turns.ts';
import {
  MAX_WALL_LEAD_MS,
  renewalMs,
  renewalRetryMs,
  validUntilMs,
  wallLeadMs,
  warningMs,
} from './validity.ts';

export interface LeaseGrant {
  readonly names: readonly string[];
  readonly token: string;
  readonly fence: number;
  readonly ttlMs: number;
  /** Before the command was sent. */
  readonly sentAtMs: number;
  /** By how much the wall clock was ahead then. */
  readonly leadMs: number;
  /** Left when the lease is over: the next in line here may ask. */
  readonly turn: Turn | undefined;
}

export interface LeaseHome {
  readonly store: LockStore;
  readonly clock: Clock;
  readonly alarms: Alarms;
  readonly lateReleases: LateReleases;
  readonly onOver: (lease: HeldLease) => void;
}

/** Extensions without an answer; renewal itself has some 20 before the lease is lost. More are refused. */
export const MAX_UNDER_WAY = 100;

type Answer = Awaited<ReturnType<LockStore['extend']>> | { readonly error: unknown };

export class HeldLease implements Lease, Member {
  readonly names: readonly string[];
  readonly token: string;
  readonly fence: number;
  index = -1;
  readonly #home: LeaseHome;
  readonly #turn: Turn | undefined;
  #state: 'held' | 'unverified' | 'released' | 'lost' = 'held';
  #ttlMs: number;
  #validUntilMs: number;
  #confirmedUntilMs: number;
  /** Ends of what was sent since the last confirmation: each may have taken effect, whatever its answer. */
  #underWay: readonly { readonly sent: number; readonly untilMs: number }[] = NOTHING;
  #wallLeadMs: number;
  /** Asked since the last confirmation, and no good answer yet. */
  #isUnanswered = false;
  #lastSent = 0;
  #lastConfirmed = 0;
  #renewal: Timer | undefined;
  #deadline: Timer | undefined;
  #abort: AbortController | undefined;
  #loss: CacheError | undefined;
  #releasing: Promise<boolean> | undefined;

  constructor(grant: LeaseGrant, home: LeaseHome) {
    this.names = grant.names;
    this.token = grant.token;
    this.fence = grant.fence;
    this.#home = home;
    this.#ttlMs = grant.ttlMs;
    this.#confirmedUntilMs = validUntilMs(grant.sentAtMs, grant.ttlMs);
    this.#validUntilMs = this.#confirmedUntilMs;
    this.#wallLeadMs = grant.leadMs;
    this.#turn = grant.turn;
    this.#renewal = home.alarms.set(grant.sentAtMs, renewalMs(grant.ttlMs), this);
  }

  get name(): string {
    return this.names.join(', ');
  }

  /** Made when it is first asked for: most leases are short and never look at it. */
  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#loss !== undefined) this.#abort.abort(this.#loss);
    }
    return this.#abort.signal;
  }

  remainingMs(): number {
    this.#check();
    return this.#state === 'held' ? Math.max(0, this.#validUntilMs - this.#home.clock.now()) : 0;
  }

  assertHeld(): void {
    this.#check();
    if (this.#state !== 'held') throw this.#whyNotHeld();
  }

  async extend(ttl?: Duration): Promise<void> {
    const ttlMs = ttl === undefined ? this.#ttlMs : toLockTtlMs(ttl);
    this.#check();
    if (this.#isOver()) throw this.#whyNotHeld();
    if (this.#underWay.length >= MAX_UNDER_WAY) {
      throw new CacheError('ERR_UNAVAILABLE', `${MAX_UNDER_WAY} extensions are without an answer`);
    }
    this.#ttlMs = ttlMs;
    const answer = await this.#ask();
    if (typeof answer === 'object' && !this.#isOver()) throw answer.error;
    this.assertHeld();
  }

  release(): Promise<boolean> {
    if (this.#releasing !== undefined) return this.#releasing.then(() => false);
    this.#check();
    if (this.#state === 'lost') return Promise.reject(this.#whyNotHeld());
    this.#end('released');
    this.#releasing = this.#release();
    return this.#releasing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.release();
    } catch (error) {
      // A loss is told by the signal and by assertHeld; an unreachable store is asked again behind.
      if (!isCacheError(error)) throw error;
    }
  }

  /** Ends the lease from outside: the locks are closed. */
  giveUp(): void {
    if (!this.#isOver()) this.#lose('unreachable');
  }

  #release(): Promise<boolean> {
    let answer: MaybePromise<boolean>;
    try {
      answer = this.#home.store.release(this.names, this.token);
    } catch (error) {
      answer = rejected(error);
    }
    // The next one's question goes right behind it: the store takes them in this order.
    this.#leave();
    if (answer === true) return Promise.resolve(true);
    return this.#judgeRelease(answer);
  }

  async #judgeRelease(answer: MaybePromise<boolean>): Promise<boolean> {
    try {
      if (await answer) return true;
    } catch (error) {
      this.#home.lateReleases.add(this.names, this.token, this.#ttlMs);
      throw error;
    }
    // Gone although it was thought to be valid: the store forgot it (a failover, a flush).
    this.#loss = lockLost(this.name, 'expired');
    this.#abort?.abort(this.#loss);
    throw this.#loss;
  }

  #leave(): void {
    this.#home.onOver(this);
    this.#turn?.leave();
  }

  #isOver(): boolean {
    return this.#state === 'released' || this.#state === 'lost';
  }

  /** What can be known without asking: run before each use, because a timer may be late. */
  #check(): void {
    if (this.#isOver()) return;
    const { clock } = this.#home;
    if (clock.now() >= this.#validUntilMs) return this.#lose(this.#isUnanswered ? 'unreachable' : 'expired');
    const leadMs = wallLeadMs(clock);
    if (this.#state === 'held' && leadMs - this.#wallLeadMs > MAX_WALL_LEAD_MS) {
      // The machine slept, and the monotonic clock may have slept with it; or somebody set the clock.
      this.#state = 'unverified';
      this.#renew();
    } else {
      this.#wallLeadMs = Math.min(this.#wallLeadMs, leadMs);
    }
  }

  #renewIn(delayMs: number): void {
    this.#renewal?.cancel();
    this.#renewal = this.#home.clock.setTimer(() => this.onDue(), Math.max(0, delayMs), 'background');
  }

  /** For the timer of the first renewal, too. */
  onDue(): void {
    // The one question that was to verify the lease has had no answer in time.
    if (this.#state === 'unverified') return this.#lose('unreachable');
    this.#check();
    if (this.#state === 'held') this.#renew();
  }

  /** One attempt, given up for a new one after a third of the TTL. */
  #renew(): void {
    this.#renewIn(renewalMs(this.#ttlMs));
    // #ask never rejects: what it learns, it has acted upon.
    void this.#ask();
  }

  async #ask(): Promise<Answer> {
    const { store, clock } = this.#home;
    const ttlMs = this.#ttlMs;
    const sent = ++this.#lastSent;
    const sentAtMs = clock.now();
    const leadMs = wallLeadMs(clock);
    this.#underWay = [...this.#underWay, { sent, untilMs: validUntilMs(sentAtMs, ttlMs) }];
    this.#isUnanswered = true;
    this.#setValidity();
    this.#watchDeadline();
    let answer: Answer;
    try {
      answer = await store.extend(this.names, this.token, ttlMs);
    } catch (error) {
      answer = { error };
    }
    if (this.#isOver()) return answer;
    if (answer === 'extended') {
      if (sent > this.#lastConfirmed) this.#confirm(sent, sentAtMs, ttlMs, leadMs);
    } else if (typeof answer === 'string') {
      this.#lose(answer === 'other' ? 'stolen' : 'expired');
    } else if (this.#state === 'unverified') {
      this.#lose('unreachable');
    } else if (sent === this.#lastSent) {
      this.#renewIn(renewalRetryMs(ttlMs));
    }
    return answer;
  }

  #confirm(sent: number, sentAtMs: number, ttlMs: number, leadMs: number): void {
    this.#lastConfirmed = sent;
    this.#confirmedUntilMs = validUntilMs(sentAtMs, ttlMs);
    this.#underWay = this.#underWay.filter((later) => later.sent > sent);
    this.#isUnanswered = this.#underWay.length > 0;
    this.#setValidity();
    this.#wallLeadMs = leadMs;
    this.#state = 'held';
    this.#check();
    if (this.#isOver()) return;
    this.#watchDeadline();
    if (sent === this.#lastSent) this.#renewIn(sentAtMs + renewalMs(ttlMs) - this.#home.clock.now());
  }

  /** A shorter TTL that is under way counts from when it was sent. */
  #setValidity(): void {
    this.#validUntilMs = Math.min(this.#confirmedUntilMs, ...this.#underWay.map(({ untilMs }) => untilMs));
  }

  /** Only from the first renewal on: until then the renewal timer itself comes first. */
  #watchDeadline(): void {
    const { clock } = this.#home;
    this.#deadline?.cancel();
    const warnAtMs = this.#validUntilMs - warningMs(this.#ttlMs);
    this.#deadline = clock.setTimer(
      () => {
        if (!this.#isOver()) this.#lose(this.#isUnanswered ? 'unreachable' : 'expired');
      },
      Math.max(0, warnAtMs - clock.now()),
      'background',
    );
  }

  #lose(cause: LockLossCause): void {
    this.#loss = lockLost(this.name, cause);
    this.#end('lost');
    // A renewal still under way may have given it a new TTL, and of several names some may still be held.
    this.#home.lateReleases.add(this.names, this.token, this.#ttlMs);
    this.#leave();
    this.#abort?.abort(this.#loss);
  }

  #end(state: 'released' | 'lost'): void {
    this.#state = state;
    this.#renewal?.cancel();
    this.#deadline?.cancel();
  }

  #whyNotHeld(): CacheError {
    if (this.#loss !== undefined) return this.#loss;
    const why =
      this.#state === 'released'
        ? 'has been released'
        : 'is unverified: the machine may have slept, and the store is being asked';
    return new CacheError('ERR_LOCK_LOST', `lock ${JSON.stringify(this.name)} ${why}`, { cause: 'expired' });
  }
}

const NOTHING: readonly never[] = Object.freeze([]);
