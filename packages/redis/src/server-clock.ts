/**
 * What the server's clock says, told from the monotonic clock of this process.
 *
 * Idea: a TIME round trip that was sent at t0 and answered T at t1 puts the difference of the two clocks
 * into [T - t1, T - t0]. Later samples narrow that range; one that does not meet it means that the server's
 * clock was stepped (or is another server's), and replaces it. The lower end is used where a deadline must
 * not come late, the upper end where a lifetime must not be served too long: both err by one round trip.
 */

/** Clocks of two machines drift apart by less than this share. */
const DRIFT = 200e-6;

export class ServerClock {
  #low = -Infinity;
  #high = Infinity;
  #at = 0;
  #isOutdated = false;

  /** Takes in a sample: sent at `sentAt`, answered `serverMs`, received at `receivedAt`. */
  observe(sentAt: number, receivedAt: number, serverMs: number): void {
    const slackMs = (receivedAt - this.#at) * DRIFT;
    const low = Math.max(this.#low - slackMs, serverMs - receivedAt);
    const high = Math.min(this.#high + slackMs, serverMs - sentAt);
    const isConsistent = low <= high && !this.#isOutdated;
    this.#low = isConsistent ? low : serverMs - receivedAt;
    this.#high = isConsistent ? high : serverMs - sentAt;
    this.#at = receivedAt;
    this.#isOutdated = false;
  }

  /** The connection may lead to another server now: the next sample replaces what is known. */
  distrust(): void {
    this.#isOutdated = true;
  }

  /** The server's time at `now`, or a little before it. */
  atLeast(now: number): number {
    return now + this.#low;
  }

  /** The local moment of a time of the server, or a little before it. Infinity stays. */
  toLocal(serverMs: number): number {
    return serverMs - this.#high;
  }
}

/** Milliseconds of a TIME reply. */
export const parseTime = (reply: unknown): number => {
  const [seconds, micros] = Array.isArray(reply) ? (reply as unknown[]).map(Number) : [];
  if (seconds === undefined || micros === undefined || !Number.isFinite(seconds + micros)) {
    throw new TypeError('TIME: the reply is no time');
  }
  return seconds * 1_000 + micros / 1_000;
};
