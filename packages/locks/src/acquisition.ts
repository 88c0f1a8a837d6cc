import type { Clock, LockGrant, LockStore, MaybePromise } from '@keepsake/core';
import { Bell } from './bell.ts';
import { HeldLease } from './held-lease.ts';
import type { LateReleases } from './late-releases.ts';
import { mayPass } from './passing-failure.ts';
import type { Patience } from './patience.ts';
import { createToken } from './token.ts';
import type { Turn } from './turns.ts';
import { isWorthHaving, MAX_WALL_LEAD_MS, validUntilMs, wallLeadMs } from './validity.ts';

/** While no wake-ups can be had from the store, or no answers, it is asked this often. */
const POLL_MS = 250;
/** The store rounds to a millisecond: at the end of what it said the lock has surely lapsed. */
const ROUNDING_MS = 1;
/** Who waits already sits out a store that is away for this long; who asks for the first time is told at once. */
const BLIP_MS = 2_000;

export interface Question {
  readonly names: readonly string[];
  readonly ttlMs: number;
  readonly patience: Patience;
  /** Left when the lease is over. */
  readonly turn: Turn | undefined;
}

export interface AcquisitionHome {
  readonly store: LockStore;
  readonly clock: Clock;
  readonly lateReleases: LateReleases;
  readonly onHeld: (lease: HeldLease) => void;
  readonly onOver: (lease: HeldLease) => void;
}

/** How a lock is asked for: once, or until it is had. */
export class Acquisition {
  readonly #home: AcquisitionHome;

  constructor(home: AcquisitionHome) {
    this.#home = home;
  }

  /** Asks, and while others hold it waits for a wake-up or for the time they said, and asks again. */
  async persist(question: Question): Promise<HeldLease> {
    const { names, patience } = question;
    const { clock } = this.#home;
    const bell = new Bell(clock);
    let wakes: (() => void) | 'none' | undefined;
    let hasAnswered = false;
    let failingSinceMs: number | undefined;
    try {
      for (;;) {
        bell.reset();
        let pauseMs: number;
        try {
          const answer = await this.ask(question);
          if (typeof answer !== 'number') return answer;
          hasAnswered = true;
          failingSinceMs = undefined;
          pauseMs = answer + ROUNDING_MS;
        } catch (error) {
          failingSinceMs ??= clock.now();
          if (!hasAnswered || !mayPass(error) || clock.now() - failingSinceMs >= BLIP_MS) throw error;
          pauseMs = POLL_MS;
        }
        patience.check();
        if (wakes === undefined) {
          // Asked once more after it: the release may have come between the answer and the subscription.
          wakes = await this.#subscribe(names, bell, patience);
        } else {
          await patience.within(bell.wait(wakes === 'none' ? Math.min(pauseMs, POLL_MS) : pauseMs));
        }
      }
    } finally {
      bell.stop();
      if (typeof wakes === 'function') wakes();
    }
  }

  /** One question: a lease, or for how many milliseconds others hold it. */
  async ask(question: Question): Promise<HeldLease | number> {
    const { names, ttlMs, patience, turn } = question;
    const { store, clock, lateReleases, onHeld, onOver } = this.#home;
    const token = createToken();
    const giveBack = (): void => lateReleases.add(names, token, ttlMs);
    const sentAtMs = clock.now();
    const leadMs = wallLeadMs(clock);
    const grant = await this.#grant(() => store.acquire(names, token, ttlMs), patience, giveBack);
    if (!grant.granted) return grant.heldForMs;
    // A machine that slept meanwhile does not know how long ago it was granted.
    const hasSlept = wallLeadMs(clock) - leadMs > MAX_WALL_LEAD_MS;
    if (hasSlept || !isWorthHaving(validUntilMs(sentAtMs, ttlMs) - clock.now(), ttlMs)) {
      giveBack();
      return 0;
    }
    const onEnd = (ended: HeldLease): void => {
      onOver(ended);
      turn?.leave();
    };
    const lease = new HeldLease(
      { names, token, fence: grant.fence, ttlMs, sentAtMs },
      { store, clock, lateReleases, onEnd },
    );
    onHeld(lease);
    return lease;
  }

  /** The answer. What may have been granted without anybody knowing, or too late for anybody, is given back. */
  #grant(
    ask: () => MaybePromise<LockGrant>,
    patience: Patience,
    giveBack: () => void,
  ): MaybePromise<LockGrant> {
    const onFailure = (error: unknown): never => {
      giveBack();
      throw error;
    };
    let answer: MaybePromise<LockGrant>;
    try {
      answer = ask();
    } catch (error) {
      return onFailure(error);
    }
    // A store that has the answer in hand costs no timer and no turn of the event loop.
    if (!(answer instanceof Promise)) return answer;
    return patience.within(answer.catch(onFailure), (late) => {
      if (late.granted) giveBack();
    });
  }

  #subscribe(names: readonly string[], bell: Bell, patience: Patience): Promise<(() => void) | 'none'> {
    const subscribing = (async () => this.#home.store.onRelease(names, bell.ring))().catch(
      // Without wake-ups the lock can still be had, by asking more often.
      () => 'none' as const,
    );
    return patience.within(subscribing, (late) => {
      if (typeof late === 'function') late();
    });
  }
}
