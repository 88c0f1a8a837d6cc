/**
 * The bus lease: L1 may be served only while this process is known to have heard all that was published until
 * `stalenessMs` ago.
 *
 * Idea: a heartbeat goes out every quarter of the bound and comes back on the connection that messages come
 * on, in order. When it is back, everything published before it was sent has been applied. So L1 is trusted
 * while now - (send time of the latest heartbeat that came back) <= the bound. Only this process's own
 * monotonic clock is read, at each read: a blocked event loop cannot break it. After a lost connection, or
 * another history of the store, what lies in L1 is suspect: messages about it may be missing. Entries carry
 * numbers that rise, so one number marks them all.
 */
import type { Bus, BusLink, BusMessage } from '../bus.ts';
import type { CacheBackend } from '../backend.ts';
import type { Clock, Timer } from '../clock.ts';
import type { Entry } from '../entry.ts';
import { compileGlob } from '../glob.ts';
import { MemoryBackend } from '../memory/memory-backend.ts';
import type { Flights } from './flight.ts';
import { carryOut, Journal } from './journal.ts';
import type { Reporter } from './reporter.ts';
import { within } from './within.ts';

/** Heartbeats a bound; the send times of twice as many are kept. */
const BEATS = 4;

interface CoherenceOptions {
  readonly bus: Bus;
  readonly l1: CacheBackend | undefined;
  readonly l2: CacheBackend | undefined;
  readonly flights: Flights;
  readonly clock: Clock;
  readonly stalenessMs: number;
  /** How long the bus may take with a message. */
  readonly l2TimeoutMs: number;
  readonly reporter: Reporter;
}

export class Coherence {
  readonly #o: CoherenceOptions;
  readonly #link: BusLink;
  /** What the others have not been told yet. */
  readonly #untold: Journal;
  /** L2 tells of its changes itself, in the same step. */
  readonly #isToldByStore: boolean;
  #timer: Timer | undefined;
  #beats = 0;
  readonly #sentAt: number[] = [];
  #confirmedAt = -Infinity;
  #suspectUpTo = 0;
  #epoch: string | undefined;
  /** All that was put into L1 since can be told apart from what came before the loss. */
  #isConnected = false;
  #isUp = false;
  /** Messages that an L1 which takes its time has not carried out yet. */
  #underWay = 0;

  /** `ownPattern`: all keys of the cache. */
  constructor(options: CoherenceOptions, ownPattern: string) {
    this.#o = options;
    this.#untold = new Journal(ownPattern, options.reporter);
    this.#link = options.bus.open({
      message: (message) => this.#apply(message),
      beat: (id, epoch) => this.#confirm(id, epoch),
      down: () => this.#distrust(),
    });
    this.#isToldByStore = options.l2?.announceOn?.(options.bus, this.#link.id) ?? false;
    this.#beat();
  }

  /** Whether this process has heard everything up to the bound. */
  get isCurrent(): boolean {
    return this.#o.clock.now() - this.#confirmedAt <= this.#o.stalenessMs;
  }

  /** Whether an entry of L1 may be served. */
  trusts(entry: Entry): boolean {
    return entry.number > this.#suspectUpTo && this.isCurrent;
  }

  /** Tells the others; false: that is not known, and it is told again when the bus is heard. */
  async publish(message: BusMessage): Promise<boolean> {
    if (this.#isToldByStore) return true;
    const isTold = await this.#tell(message);
    if (!isTold) this.#untold.add(message);
    return isTold;
  }

  async close(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    try {
      await this.#link.close();
    } catch (error) {
      this.#o.reporter.backendFailed('l2', 'close', error); // it is over either way
    }
  }

  async #tell(message: BusMessage): Promise<boolean> {
    const { clock, l2TimeoutMs, reporter } = this.#o;
    const publish = async (): Promise<void> => this.#link.publish(message);
    try {
      await within(publish(), clock, l2TimeoutMs, 'bus');
      return true;
    } catch (error) {
      reporter.backendFailed('l2', 'publish', error);
      return false;
    }
  }

  #beat(): void {
    const { clock, stalenessMs } = this.#o;
    if (this.#isUp && !this.isCurrent) this.#tellDown();
    this.#beats += 1;
    const id = this.#beats;
    this.#sentAt[id % (BEATS * 2)] = clock.now();
    const lost = (): void => undefined; // as one that does not come back
    try {
      Promise.resolve(this.#link.beat(id)).catch(lost);
    } catch {
      lost();
    }
    this.#timer = clock.setTimer(() => this.#beat(), stalenessMs / BEATS, 'background');
  }

  #confirm(id: number, epoch: string): void {
    if (this.#underWay > 0) return; // it would say that they are applied
    if (this.#epoch !== undefined && this.#epoch !== epoch) this.#distrust();
    this.#epoch = epoch;
    // What was put into L1 before messages came again could have been changed unheard.
    if (!this.#isConnected) this.#suspectAll();
    this.#isConnected = true;
    // An older one was overwritten: it would prove nothing any more.
    if (id > this.#beats - BEATS * 2 && id <= this.#beats) {
      this.#confirmedAt = Math.max(this.#confirmedAt, this.#sentAt[id % (BEATS * 2)] ?? -Infinity);
    }
    if (this.#untold.size > 0) void this.#untold.replay((message) => this.#tell(message));
    if (!this.#isUp && this.isCurrent) {
      this.#isUp = true;
      this.#o.reporter.tell('bus.up', {}, {});
    }
  }

  /** Until the next heartbeat is back nothing is trusted. */
  #distrust(): void {
    this.#isConnected = false;
    this.#confirmedAt = -Infinity;
    this.#sentAt.length = 0; // heartbeats under way prove nothing of what was missed meanwhile
    this.#suspectAll();
    this.#o.flights.endMatching(() => true);
    if (this.#isUp) this.#tellDown();
  }

  /** What lies in L1, and what is being made for it, is not to be served as fresh any more. */
  #suspectAll(): void {
    const { l1 } = this.#o;
    const fence = l1?.capture('', 'take'); // no cache has an empty key
    if (!l1) return;
    if (fence && !(fence instanceof Promise)) {
      this.#suspectUpTo = fence.number;
      void l1.release([fence]);
    } else {
      void l1.clear('*'); // a backend that gives its numbers later: then it keeps nothing
    }
  }

  #tellDown(): void {
    this.#isUp = false;
    this.#o.reporter.tell('bus.down', {}, {});
  }

  /** No await between the receipt of a message and the drop: memory carries it out before `carryOut` returns. */
  #apply(message: BusMessage): void {
    const { l1, flights } = this.#o;
    if (message.kind === 'keys') for (const key of message.keys) flights.end(key);
    else
      flights.endMatching(message.kind === 'clear' ? compileGlob(message.pattern, 'any length') : () => true);
    if (!l1) return;
    const weight = l1 instanceof MemoryBackend ? 0 : 1;
    this.#underWay += weight;
    carryOut(l1, message)
      .catch(() => this.#distrust())
      .finally(() => {
        this.#underWay -= weight;
      });
  }
}
