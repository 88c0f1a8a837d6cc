import type { ForwardReason } from './cache-status.ts';
import { withinDeadline } from './deadline.ts';
import type { EngineParts } from './engine-parts.ts';
import type { Exchange } from './exchange.ts';
import type { Verdict } from './forward.ts';
import { hitFrom, HitReplies } from './hit-replies.ts';
import { LOOKUP_LIMIT_MS } from './limits.ts';
import { Passer } from './passer.ts';
import { replyFrom } from './reply.ts';
import type { Slot, UrlKey } from './slot.ts';
import { type CacheControl, hasDirective } from './rules/cache-control.ts';
import { type WhyNotReusable, whyNotReusable } from './rules/reusable.ts';
import { mayShareWith } from './rules/sharing.ts';
import { mayServeWhileRevalidating } from './rules/stale.ts';
import type { StoredResponse } from './stored-response.ts';

/** A read that the store may answer, with what was found out about it. */
export interface Read {
  readonly exchange: Exchange;
  readonly urlKey: UrlKey;
  readonly control: CacheControl;
}

/** What is known of a read: where its response would lie, and what lies there that does not answer it. */
export interface Question {
  readonly slot: Slot;
  readonly stored: StoredResponse | undefined;
  readonly reason: ForwardReason;
}

/** Whether a stored response answers a read, and the verdicts that end one. */
export class ReadAnswers {
  readonly #parts: EngineParts;
  readonly #hits = new HitReplies();

  constructor(parts: EngineParts) {
    this.#parts = parts;
  }

  /** RFC 5861 3. What the client itself says about age goes before it. */
  mayRefreshBehind(read: Read, stored: StoredResponse): boolean {
    const asksForMore = ['no-cache', 'max-age', 'min-fresh'].some((name) => hasDirective(read.control, name));
    return (
      read.exchange.canRefresh() &&
      !asksForMore &&
      !stored.alwaysValidate &&
      mayServeWhileRevalidating(stored, this.ageOf(stored))
    );
  }

  passUntilStorable(read: Read, reason: ForwardReason): Verdict {
    const onStorable = (): void => this.#parts.passList.delete(read.urlKey.url);
    return { kind: 'forward', forward: new Passer(this.#parts, read.exchange, { reason, onStorable }) };
  }

  pass({ exchange }: Read, reason: ForwardReason): Verdict {
    return { kind: 'forward', forward: new Passer(this.#parts, exchange, { reason }) };
  }

  serve(
    { exchange }: Read,
    response: StoredResponse,
    { ageS, isNear }: { readonly ageS: number; readonly isNear: boolean } = {
      ageS: this.ageOf(response),
      isNear: true,
    },
  ): Verdict & { kind: 'serve' } {
    const context = { nowMs: this.#options.clock.wallNow(), ageS, marking: this.#options };
    const reply = isNear
      ? this.#hits.replyFrom(response, exchange.request, context)
      : hitFrom(response, exchange.request, context);
    return { kind: 'serve', reply };
  }

  share({ exchange }: Read, response: StoredResponse, forward: ForwardReason): Verdict {
    const context = {
      nowMs: this.#options.clock.wallNow(),
      ageS: this.ageOf(response),
      marking: this.#options,
    };
    const outcome = { hit: false, forward, status: response.status, collapsed: true } as const;
    return { kind: 'serve', reply: replyFrom(response, exchange.request, outcome, context) };
  }

  /** What the store answers in time; undefined: it did not. Never rejects. */
  async guard<T>(work: Promise<T>): Promise<T | undefined> {
    try {
      const answer = await this.inTime(work);
      return answer === 'late' ? undefined : answer;
    } catch (error) {
      this.#parts.onError(error);
      return undefined;
    }
  }

  inTime<T>(work: Promise<T>): Promise<T | 'late'> {
    return withinDeadline(work, LOOKUP_LIMIT_MS, this.#options.clock);
  }

  matches({ urlKey, exchange }: Read, response: StoredResponse): boolean {
    return this.#parts.store.matches(urlKey, exchange.request.fields, response);
  }

  whyNot(
    read: Read,
    response: StoredResponse,
    ageS: number = this.ageOf(response),
  ): WhyNotReusable | undefined {
    return whyNotReusable(response, ageS, read.exchange.request.fields, read.control);
  }

  /** The same where the handler has failed those who asked before. */
  whyNotInNeed(read: Read, stale: StoredResponse): WhyNotReusable | undefined {
    if (!mayShareWith(stale, read.exchange.request.fields)) return 'credentials';
    return stale.mayBeStale && !hasDirective(read.control, 'no-cache') ? undefined : 'stale';
  }

  ageOf(response: StoredResponse, isNear = true): number {
    return isNear ? this.#parts.ages.of(response) : this.#parts.ages.ofNew(response);
  }

  get #options(): EngineParts['options'] {
    return this.#parts.options;
  }
}

export const reasonOf = (why: WhyNotReusable): ForwardReason => (why === 'credentials' ? 'bypass' : why);
