import { type Abandoned, BodyCollector } from './body-collector.ts';
import type { ForwardReason } from './cache-status.ts';
import type { Exchange, Reply, ResponseHead } from './exchange.ts';
import type { Flight } from './flights.ts';
import { type Forward, type Outgoing, plainly } from './forward.ts';
import type { EngineParts } from './engine-parts.ts';
import { withinDeadline } from './deadline.ts';
import { COMMIT_LIMIT_MS } from './limits.ts';
import type { Permit } from './response-store.ts';
import { withCacheStatus } from './reply.ts';
import { responseInfo } from './response-info.ts';
import { isNotModified, fieldsOfNotModified } from './rules/conditional.ts';
import { type FieldLine, hasField } from './rules/fields.ts';
import { hasNoContent } from './rules/status.ts';
import { decideStore, isLasting, type StoreDecision, withDefaultMaxAge } from './store-decision.ts';

type Storable = Extract<StoreDecision, { store: true }>;

/** The request that others may be waiting for: what its handler gives is shared and stored if it may be. */
export class Leader implements Forward {
  readonly #parts: EngineParts;
  readonly #exchange: Exchange;
  readonly #flight: Flight;
  /** Undefined: the store could not be asked, so nothing is written. */
  readonly #permit: Permit | undefined;
  readonly #reason: ForwardReason;

  constructor(
    parts: EngineParts,
    exchange: Exchange,
    flight: Flight,
    permit: Permit | undefined,
    reason: ForwardReason,
  ) {
    this.#parts = parts;
    this.#exchange = exchange;
    this.#flight = flight;
    this.#permit = permit;
    this.#reason = reason;
  }

  fail(): void {
    this.#parts.flights.remove(this.#flight);
    this.#flight.land({ kind: 'failed' });
  }

  respond(head: ResponseHead): Outgoing {
    const { options, passList } = this.#parts;
    const request = this.#exchange.request.fields;
    const { fields, added } = withDefaultMaxAge(request, head, options.cacheControlMaxAge);
    const full = { status: head.status, fields, addedMaxAge: added };
    const decision = decideStore(request, full, options, options.clock.wallNow());
    const tags = decision.store ? this.#tags(full) : undefined;
    if (!decision.store || !tags) {
      if (!decision.store && isLasting(decision.reason)) passList.add(this.#flight.slot.urlKey.url);
      this.#giveUp();
      return plainly(head.status, this.#marked(full, false));
    }
    passList.delete(this.#flight.slot.urlKey.url);
    return this.#collect(full, decision, tags);
  }

  #collect(head: ResponseHead, decision: Storable, tags: readonly string[]): Outgoing {
    let entityTag: string | undefined;
    const { maxBodyBytes: maxBytes } = this.#parts.options;
    const limits = { maxBytes, declaredLength: decision.declaredLength, budget: this.#parts.budget };
    const collector = new BodyCollector(limits, (body) => {
      if (typeof body === 'string') this.#abandon(body);
      else void this.#store(body, decision, tags, entityTag).finally(() => collector.settle());
    });
    const isPermitted = this.#permit !== undefined;
    const wantsEntityTag = head.status === 200 && !hasField(head.fields, 'etag');
    return {
      // How long a stream without Content-Length will be, and so whether it is stored, nobody knows yet.
      fields: this.#marked(head, isPermitted && decision.declaredLength !== undefined),
      collector,
      wantsEntityTag,
      whole: (body, tag) => {
        entityTag = wantsEntityTag ? tag : undefined;
        const fields = this.#marked(head, isPermitted && collector.admits(body.byteLength));
        return this.#wholeReply(head.status, withTag(fields, entityTag), body);
      },
    };
  }

  #wholeReply(status: number, fields: readonly FieldLine[], body: Uint8Array): Reply {
    const nowMs = this.#parts.options.clock.wallNow();
    if (isNotModified(this.#exchange.request.fields, { status, fields }, nowMs)) {
      return { status: 304, fields: fieldsOfNotModified(fields), body: undefined };
    }
    return { status, fields, body };
  }

  /** Never rejects: the response has been served, and what goes wrong here is told to `onError`. */
  async #store(
    body: Uint8Array,
    decision: Storable,
    tags: readonly string[],
    knownTag: string | undefined,
  ): Promise<void> {
    const { store, digest, flights, options, onError } = this.#parts;
    try {
      const { status, fields } = decision.draft;
      const content = hasNoContent(status) ? new Uint8Array() : body;
      const isTagged = status !== 200 || hasField(fields, 'etag');
      const tag = isTagged ? undefined : (knownTag ?? `"${await digest.bytes(content)}"`);
      const draft = { ...decision.draft, fields: withTag(fields, tag), body: content };
      const placement = await store.place(this.#flight.slot, draft, this.#exchange.request.fields);
      const { response, record } = placement;
      if (tags.some((own) => this.#flight.invalidatedTags.has(own))) return this.fail();
      this.#flight.land({ kind: 'response', response, record, tags });
      if (this.#permit) {
        const commit = store.commit(this.#permit, placement, decision.ttlS, tags);
        await withinDeadline(commit, COMMIT_LIMIT_MS, options.clock);
      }
    } catch (error) {
      onError(error);
    } finally {
      flights.remove(this.#flight);
      this.#flight.land({ kind: 'unshareable' });
    }
  }

  #abandon(why: Abandoned): void {
    if (why === 'cut-short') return this.fail();
    this.#parts.passList.add(this.#flight.slot.urlKey.url);
    this.#giveUp();
  }

  #giveUp(): void {
    this.#parts.flights.remove(this.#flight);
    this.#flight.land({ kind: 'unshareable' });
  }

  /** Undefined where the application's own function throws or gives no tags: then nothing is stored. */
  #tags(head: ResponseHead): readonly string[] | undefined {
    try {
      return this.#exchange.tagsOf(responseInfo(head));
    } catch (error) {
      this.#parts.onError(error);
      return undefined;
    }
  }

  #marked(head: ResponseHead, stored: boolean): readonly FieldLine[] {
    return withCacheStatus(head.fields, this.#parts.options.cacheStatus, {
      hit: false,
      forward: this.#reason,
      status: head.status,
      stored,
    });
  }
}

const withTag = (fields: readonly FieldLine[], tag: string | undefined): readonly FieldLine[] =>
  tag === undefined ? fields : [...fields, ['ETag', tag]];
