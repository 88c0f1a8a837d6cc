/**
 * A server, and connections to it, on virtual time. A connection delivers in order in each direction. It can be slow,
 * hold back what the client is to get, vanish (nothing passes, and nobody is told), and be lost (the client is told).
 * What has reached the server is carried out, whatever becomes of its connection.
 */
import { CacheError } from '@keepsake/core';
import { ARRIVAL, type EventLoops } from '@keepsake/tooling/simulation';

export class SimulatedServer {
  readonly loops: EventLoops;
  frozenUntilMs = 0;
  /** Names the history of the data. */
  epoch = 1;

  constructor(loops: EventLoops) {
    this.loops = loops;
  }

  freeze(ms: number): void {
    this.frozenUntilMs = Math.max(this.frozenUntilMs, this.loops.nowMs + ms);
  }
}

/** `silent`: gone, and the client does not know. */
type State = 'up' | 'silent' | 'lost';

export class SimulatedConnection {
  readonly server: SimulatedServer;
  readonly #node: number;
  readonly #latencyMs: () => number;
  readonly #calls = new Set<() => void>();
  /** Called when the client learns that it is lost. */
  onLost: () => void = () => undefined;
  #state: State = 'up';
  /** What is on its way when the connection breaks does not arrive. */
  #history = 0;
  #lastUpMs = 0;
  #lastDownMs = 0;
  #heldUntilMs = 0;
  /** Added to each way. */
  lagMs = 0;

  constructor(server: SimulatedServer, node: number, latencyMs: () => number) {
    this.server = server;
    this.#node = node;
    this.#latencyMs = latencyMs;
  }

  /** Carries out `work` as one step of the server; rejects ERR_UNAVAILABLE where the connection is known to be lost. */
  call<T>(work: () => T): Promise<T> {
    const lost = (): CacheError => new CacheError('ERR_UNAVAILABLE', 'simulated: not connected');
    if (this.#state === 'lost') return Promise.reject(lost());
    return new Promise((resolve, reject) => {
      const fail = (): void => reject(lost());
      this.#calls.add(fail);
      this.#toServer(() => {
        const result = work();
        this.toClient(() => {
          this.#calls.delete(fail);
          resolve(result);
        });
      });
    });
  }

  #toServer(run: () => void): void {
    const { loops } = this.server;
    const history = this.#history;
    this.#lastUpMs = Math.max(this.#lastUpMs, loops.nowMs + this.#latencyMs() + this.lagMs);
    const arrive = (): void => {
      if (this.#state !== 'up' || history !== this.#history) return;
      loops.at(loops.nowMs, run, ARRIVAL, () => this.server.frozenUntilMs);
    };
    loops.at(this.#lastUpMs, arrive, ARRIVAL);
  }

  toClient(run: () => void): void {
    const { loops } = this.server;
    const history = this.#history;
    this.#lastDownMs = Math.max(this.#lastDownMs, loops.nowMs + this.#latencyMs() + this.lagMs);
    const arrive = (): void => {
      if (this.#state === 'up' && history === this.#history) run();
    };
    loops.at(this.#lastDownMs, arrive, ARRIVAL, () => Math.max(this.#heldUntilMs, loops.freeAt(this.#node)));
  }

  /** For so long nothing arrives at the client; then all of it does. */
  hold(ms: number): void {
    this.#heldUntilMs = Math.max(this.#heldUntilMs, this.server.loops.nowMs + ms);
  }

  /** What is on its way is gone, and the connection stands: a proxy has hidden a change of the server. */
  drop(): void {
    this.#history += 1;
  }

  /** It breaks; the client learns of it after `silentMs`, and has a new one `lostMs` later. */
  cut(silentMs: number, lostMs: number): void {
    if (this.#state !== 'up') return;
    const { loops } = this.server;
    this.#state = 'silent';
    this.drop();
    const lose = (): void => {
      this.#state = 'lost';
      for (const fail of this.#calls) fail();
      this.#calls.clear();
      this.onLost();
    };
    const connect = (): void => {
      this.#state = 'up';
    };
    const free = (): number => loops.freeAt(this.#node);
    loops.at(loops.nowMs + silentMs, lose, ARRIVAL, free);
    loops.at(loops.nowMs + silentMs + lostMs, connect, ARRIVAL, free);
  }
}
