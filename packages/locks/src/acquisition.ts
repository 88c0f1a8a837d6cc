import type { Clock, LockGrant, LockStore, MaybePromise } from '@keepsake/core';
import { HeldLease } from './held-lease.ts';
import type { LateReleases } from './late-releases.ts';
import { mayPass } from './passing-failure.ts';
import type { Patience } from './patience.ts';
import { createToken } from './token.ts';
import type { Turn } from './turns.ts';
import { isWorthHaving, MAX_WALL_LEAD_MS, validUntilMs, wallLeadMs } from './validity.ts';
import { WakeUps } from './wake-ups.ts';

/** After a failure the store is asked again after this. */
const RETRY_MS = 250;
/** The store rounds to a millisecond: at the end of what it said the lock has surely lapsed. */
const ROUNDING_MS = 1;
/** Who waits already sits out a store that is away for this long; who asks for the first time is told at once. */
const BLIP_MS = 2_000;
/** A place in a line is asked for anew after this at the latest. */
const LONGEST_PLACE_MS = 86_400_000;

export interface Question {
  readonly names: readonly string[];
  readonly ttlMs: number;
  /** How many may hold the lock together; 1: one. */
  readonly holders: number;
  readonly patience: Patience;
  /** Left when the lease is over. */
  readonly turn: Turn | undefined;
}

/** Who asks, as the store knows it: the token stays the same while it waits, for it is what stands in line. */
interface Asker {
  token: string;
  hasPlace: boolean;
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
  #hasListened = false;

  constructor(home: AcquisitionHome) {
    this.#home = home;
  }

  /** One question: a lease, or for how many milliseconds others hold it. */
  once(question: Question): MaybePromise<HeldLease | number> {
    return this.#ask(question, { token: createToken(), hasPlace: false }, 0);
  }

  /** Asks, and while others hold it waits for a wake-up or for the time they said, and asks again. */
  async persist(question: Question): Promise<HeldLease> {
    const { names, ttlMs, patience } = question;
    const { store, clock, lateReleases } = this.#home;
    const asker: Asker = { token: createToken(), hasPlace: false };
    let wakeUps: WakeUps | undefined;
    let hasAnswered = false;
    let failingSinceMs: number | undefined;
    try {
      if (this.#expectsToWait(question)) {
        wakeUps = new WakeUps(store, clock);
        await wakeUps.listen(names, asker.token, patience);
      }
      for (;;) {
        wakeUps?.reset();
        let pauseMs: number;
        try {
          const placeMs = Math.min(patience.leftMs(), LONGEST_PLACE_MS);
          const asking = this.#ask(question, asker, placeMs);
          const answer = typeof asking === 'object' && 'then' in asking ? await asking : asking;
          if (typeof answer !== 'number') return answer;
          hasAnswered = true;
          failingSinceMs = undefined;
          pauseMs = Math.min(answer + ROUNDING_MS, placeMs);
        } catch (error) {
          failingSinceMs ??= clock.now();
          if (!hasAnswered || !mayPass(error) || clock.now() - failingSinceMs >= BLIP_MS) throw error;
          pauseMs = RETRY_MS;
        }
        patience.check();
        wakeUps ??= new WakeUps(store, clock);
        // Asked once more after it: the release may have come between the answer and the subscription.
        const isNew = await wakeUps.listen(names, asker.token, patience);
        this.#hasListened = true;
        if (!isNew || failingSinceMs !== undefined) await wakeUps.wait(pauseMs, patience);
      }
    } catch (error) {
      if (asker.hasPlace) lateReleases.add(names, asker.token, ttlMs);
      throw error;
    } finally {
      wakeUps?.stop();
    }
  }

  /**
   * Others here had the lock just now, and in other processes they want it too: to listen first saves the second of
   * three questions. Not before this process has waited for another: until then it needs no connection for it.
   */
  #expectsToWait({ turn }: Question): boolean {
    return this.#hasListened && turn?.comes !== undefined && this.#home.store.onTurn !== undefined;
  }

  #ask(question: Question, asker: Asker, placeMs: number): MaybePromise<HeldLease | number> {
    const { names, ttlMs, holders, patience } = question;
    const { store, clock, lateReleases } = this.#home;
    const { token } = asker;
    const giveBack = (): void => {
      lateReleases.add(names, token, ttlMs);
      // That release may arrive after the next question, and must not free what it is granted.
      asker.token = createToken();
      asker.hasPlace = false;
    };
    const sentAtMs = clock.now();
    const leadMs = wallLeadMs(clock);
    const judge = (grant: LockGrant): HeldLease | number => {
      if (!grant.granted) {
        asker.hasPlace = placeMs > 0 && store.acquireInLine !== undefined;
        return grant.heldForMs;
      }
      // A machine that slept meanwhile does not know how long ago it was granted.
      const hasSlept = wallLeadMs(clock) - leadMs > MAX_WALL_LEAD_MS;
      if (!hasSlept && isWorthHaving(validUntilMs(sentAtMs, ttlMs) - clock.now(), ttlMs)) {
        return this.#hold(question, token, grant.fence, sentAtMs);
      }
      giveBack();
      return 0;
    };
    const onFailure = (error: unknown): never => {
      giveBack();
      throw error;
    };
    let answer: MaybePromise<LockGrant>;
    try {
      answer =
        store.acquireInLine?.(names, token, ttlMs, { holders, placeMs }) ??
        store.acquire(names, token, ttlMs);
    } catch (error) {
      return onFailure(error);
    }
    // A store that has the answer in hand costs no timer and no turn of the event loop.
    if (!(answer instanceof Promise)) return judge(answer);
    // What may have been granted without anybody knowing, or too late for anybody, is given back.
    return patience.within(answer.then(judge, onFailure), (late) => {
      if (typeof late === 'object') late.giveUp();
      else if (asker.hasPlace) lateReleases.add(names, token, ttlMs);
    });
  }

  #hold(question: Question, token: string, fence: number, sentAtMs: number): HeldLease {
    const { names, ttlMs, turn } = question;
    const { store, clock, lateReleases, onHeld, onOver } = this.#home;
    const onEnd = (ended: HeldLease): void => {
      onOver(ended);
      turn?.leave();
    };
    const lease = new HeldLease(
      { names, token, fence, ttlMs, sentAtMs },
      { store, clock, lateReleases, onEnd },
    );
    onHeld(lease);
    return lease;
  }
}
