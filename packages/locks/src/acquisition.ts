import type { Clock, LockGrant, LockStore, MaybePromise } from '@keepsake/core';
import type { Alarms } from './alarms.ts';
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

/** After it close goes on without the answers that are still out. */
const IDLE_WITHIN_MS = 2_000;

/** Who asks, and for what. */
export class Asker {
  readonly names: readonly string[];
  readonly ttlMs: number;
  /** How many may hold the lock together; 1: one. */
  readonly holders: number;
  readonly patience: Patience;
  /** Left when the lease is over. */
  readonly turn: Turn | undefined;
  /** Stays the same while it waits, for it is what stands in line. */
  token: string = createToken();
  hasPlace = false;

  constructor(
    names: readonly string[],
    ttlMs: number,
    holders: number,
    patience: Patience,
    turn: Turn | undefined,
  ) {
    this.names = names;
    this.ttlMs = ttlMs;
    this.holders = holders;
    this.patience = patience;
    this.turn = turn;
  }
}

export interface AcquisitionHome {
  readonly store: LockStore;
  readonly clock: Clock;
  readonly alarms: Alarms;
  readonly lateReleases: LateReleases;
  readonly onHeld: (lease: HeldLease) => void;
  readonly onOver: (lease: HeldLease) => void;
}

/** How a lock is asked for: once, or until it is had. */
export class Acquisition {
  readonly #home: AcquisitionHome;
  #hasListened = false;
  /** Questions without an answer. */
  #underWay = 0;
  #onIdle: (() => void) | undefined;

  constructor(home: AcquisitionHome) {
    this.#home = home;
  }

  /**
   * One question: a lease, or for how many milliseconds others hold it. A store that has the answer in hand costs no
   * timer and no turn of the event loop. With a `waitMs` who is refused stands in line from now on.
   */
  ask(asker: Asker, waitMs: number): MaybePromise<HeldLease | number> {
    const { names, ttlMs, token, holders, patience } = asker;
    const { store, clock } = this.#home;
    const placeMs = Math.min(waitMs, LONGEST_PLACE_MS);
    const sentAtMs = clock.now();
    const leadMs = clock.wallNow() - sentAtMs;
    let answer: MaybePromise<LockGrant>;
    try {
      answer =
        store.acquireInLine === undefined
          ? store.acquire(names, token, ttlMs)
          : store.acquireInLine(names, token, ttlMs, { holders, placeMs });
    } catch (error) {
      this.#giveBack(asker, token);
      throw error;
    }
    if (!(answer instanceof Promise)) return this.#take(asker, token, answer, sentAtMs, leadMs, placeMs);
    this.#underWay += 1;
    const judged = answer.then(
      (grant) => {
        this.#landed();
        return this.#judge(asker, token, grant, sentAtMs, leadMs, placeMs);
      },
      (error: unknown) => {
        this.#landed();
        this.#giveBack(asker, token);
        throw error;
      },
    );
    // What was granted too late for anybody is given back.
    return patience.withinAnswer(judged, (late) => {
      if (typeof late === 'object') late.giveUp();
      else this.leave(asker);
    });
  }

  /** Asks, and while others hold it waits for a wake-up or for the time they said, and asks again. */
  async persist(asker: Asker, firstAnswer?: number): Promise<HeldLease> {
    const { names, patience } = asker;
    const { store, clock } = this.#home;
    let answered = firstAnswer;
    let hasAnswered = firstAnswer !== undefined;
    let wakeUps: WakeUps | undefined;
    let failingSinceMs: number | undefined;
    try {
      if (!hasAnswered && this.#expectsToWait(asker)) {
        wakeUps = new WakeUps(store, clock);
        await wakeUps.listen(names, asker.token, patience);
      }
      for (;;) {
        wakeUps?.reset();
        let pauseMs: number;
        try {
          const placeMs = Math.min(patience.leftMs(), LONGEST_PLACE_MS);
          const answer = answered ?? (await this.ask(asker, placeMs));
          if (typeof answer !== 'number') return answer;
          answered = undefined;
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
      this.leave(asker);
      throw error;
    } finally {
      wakeUps?.stop();
    }
  }

  /**
   * Resolves when each question that was asked is answered: what it was granted must be given back before the store
   * closes. A store that does not answer is not waited for longer than 2 s.
   */
  idle(): Promise<void> {
    if (this.#underWay === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = this.#home.clock.setTimer(resolve, IDLE_WITHIN_MS);
      this.#onIdle = () => {
        timer.cancel();
        resolve();
      };
    });
  }

  #landed(): void {
    this.#underWay -= 1;
    if (this.#underWay === 0) this.#onIdle?.();
  }

  /** Gives its place up, if it has one. */
  leave({ names, token, ttlMs, hasPlace }: Asker): void {
    if (hasPlace) this.#home.lateReleases.add(names, token, ttlMs);
  }

  /**
   * Others here had the lock just now, and in other processes they want it too: to listen first saves the second of
   * three questions. Not before this process has waited for another: until then it needs no connection for it.
   */
  #expectsToWait({ turn }: Asker): boolean {
    return this.#hasListened && turn?.comes !== undefined && this.#home.store.onTurn !== undefined;
  }

  /** After an answer that took its time. */
  #judge(
    asker: Asker,
    token: string,
    grant: LockGrant,
    sentAtMs: number,
    leadMs: number,
    placeMs: number,
  ): HeldLease | number {
    const { clock } = this.#home;
    if (grant.granted) {
      // A machine that slept meanwhile does not know how long ago it was granted.
      const hasSlept = wallLeadMs(clock) - leadMs > MAX_WALL_LEAD_MS;
      if (hasSlept || !isWorthHaving(validUntilMs(sentAtMs, asker.ttlMs) - clock.now(), asker.ttlMs)) {
        this.#giveBack(asker, token);
        return 0;
      }
    }
    return this.#take(asker, token, grant, sentAtMs, leadMs, placeMs);
  }

  #take(
    asker: Asker,
    token: string,
    grant: LockGrant,
    sentAtMs: number,
    leadMs: number,
    placeMs: number,
  ): HeldLease | number {
    const { names, ttlMs, turn } = asker;
    if (!grant.granted) {
      asker.hasPlace = placeMs > 0 && this.#home.store.acquireInLine !== undefined;
      return grant.heldForMs;
    }
    const lease = new HeldLease(
      { names, token, fence: grant.fence, ttlMs, sentAtMs, leadMs, turn },
      this.#home,
    );
    this.#home.onHeld(lease);
    return lease;
  }

  /** What may have been granted without anybody knowing. */
  #giveBack(asker: Asker, token: string): void {
    this.#home.lateReleases.add(asker.names, token, asker.ttlMs);
    // That release may arrive after the next question, and must not free what it is granted.
    asker.token = createToken();
    asker.hasPlace = false;
  }
}
