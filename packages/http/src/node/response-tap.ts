/**
 * Stands between a handler and its ServerResponse: shows the head to `forward` before it leaves, copies the
 * body to the collector, and tells an end from a break. All in the handler's own turn, so what the handler
 * sees (headersSent, return values, callbacks, back-pressure) is what it would see without a cache.
 *
 * `write`, `end` and `flushHeaders` of Node all come to `writeHead` when the head was not written yet. A head
 * that is written before the body is held until the body begins: see `holdHead`.
 */
import { Buffer } from 'node:buffer';
import { type ServerResponse, validateHeaderValue } from 'node:http';
import type { Reply } from '../exchange.ts';
import type { Forward, Outgoing } from '../forward.ts';
import type { Failure } from '../rules/failure.ts';
import { type FieldLine, hasField } from '../rules/fields.ts';
import { hasNoContent } from '../rules/status.ts';
import { ClientWait } from './client-wait.ts';
import { hasGone } from './has-gone.ts';
import { holdHead } from './held-head.ts';
import { refuseLateCookies } from './late-cookies.ts';
import { nodeDigest } from './node-digest.ts';
import {
  applyFields,
  collectFields,
  dropReason,
  fieldsSet,
  overrule,
  type WriteHeadRest,
} from './response-fields.ts';

type Chunk = string | Uint8Array;

/** What the adapter tells of the handler. Whichever of the two comes first counts. */
export interface ResponseTap {
  /**
   * The handler has failed: whatever it wrote, or whoever answers for it writes, is not to be stored. What comes
   * back may be sent in its place.
   */
  abandon(error?: unknown): Reply | undefined;
  /**
   * The handler has failed and an error handler of the application will answer for it, unless something better can be
   * sent in the place of that.
   */
  fail(error: unknown): void;
  /** The handler has returned; what it still writes is its response. */
  release(): void;
}

/**
 * Turns of the microtask queue by which a handler that calls `end` in a `finally` has rejected. No other
 * request can come in between, so nobody sees the response missing.
 */
const TURNS = 32;

export const tapResponse = (res: ServerResponse, forward: Forward, isHead: boolean): ResponseTap => {
  // Node overloads these; each is handed on whatever it was called with.
  const original = {
    writeHead: res.writeHead as (...all: unknown[]) => ServerResponse,
    write: res.write as (...all: unknown[]) => boolean,
    end: res.end as (...all: unknown[]) => ServerResponse,
  };
  let outgoing: Outgoing | undefined;
  /** Sends a head that was written and not sent yet. */
  let letGo: (() => void) | undefined;
  let writtenStatus: number | undefined;
  /** The body, while `end` sends a head that it has not been preceded by. */
  let whole: Uint8Array | undefined;
  let isReplaced = false;
  let failure: Failure | undefined;
  let isOver = false;
  /** The handler returned, or failed. */
  let isLeft = false;

  const clientWait = new ClientWait(res);

  /** Set by middleware before the cache: it stays on what is sent in place of the handler's response. */
  const before = fieldsSet(res);

  const giveUp = (error?: unknown): Reply | undefined => {
    if (isOver) return undefined;
    isOver = true;
    if (outgoing) outgoing.collector?.abort();
    return outgoing ? undefined : forward.fail(error);
  };

  /** The handler's response has come to its end, and another is sent. */
  const sendInstead = (reply: Reply, rest: readonly unknown[]): void => {
    applyFields(res, overrule(before, reply.fields));
    dropReason(res);
    original.writeHead.call(res, reply.status);
    original.end.apply(res, [...(reply.body ? [reply.body] : []), ...rest]);
  };

  /** What the handler said of its response that could not be sent is not to stay on the error that is. */
  const orGiveUp = (work: () => void, earlier: readonly FieldLine[]): void => {
    try {
      work();
    } catch (error) {
      giveUp();
      if (!res.headersSent) applyFields(res, earlier);
      throw error;
    }
  };

  const sendHead = (status: number, reason: string | undefined): void => {
    outgoing = forward.respond({ status, fields: fieldsSet(res) }, failure);
    if (outgoing.instead) return;
    let sent: { status: number; fields: readonly FieldLine[] } = { status, fields: outgoing.fields };
    if (whole) {
      const tag = outgoing.wantsEntityTag ? `"${nodeDigest.bytes(whole)}"` : undefined;
      const reply = outgoing.whole(whole, tag);
      isReplaced = reply.status !== status;
      sent = isReplaced ? reply : { status, fields: withLength(reply.fields, whole, status, isHead) };
    }
    applyFields(res, sent.fields);
    if (isReplaced) dropReason(res);
    writtenStatus = sent.status;
    const writeNow = (): void => {
      original.writeHead.call(res, sent.status, ...(reason !== undefined && !isReplaced ? [reason] : []));
    };
    if (outgoing.refusesCookies === true || outgoing.addsMaxAge === true)
      refuseLateCookies(res, outgoing, writeNow);
    else writeNow();
  };

  const ensureHead = (): void => {
    if (!outgoing && !res.headersSent) res.writeHead(res.statusCode);
    letGo?.();
    // The head went past us (the deprecated writeHeader): then nothing can be known of it.
    if (!outgoing) giveUp();
  };

  /** An error handler that comes when the head has left can only set the status in vain. */
  const isDisowned = (): boolean => writtenStatus !== undefined && res.statusCode !== writtenStatus;

  const complete = async (): Promise<void> => {
    for (let turn = 0; turn < TURNS && !isLeft; turn += 1) await Promise.resolve();
    outgoing?.collector?.end();
  };

  const writeHead = (status: number, ...rest: WriteHeadRest): ServerResponse => {
    // After another one: Node throws.
    letGo?.();
    if (outgoing?.instead && !isOver) return res;
    if (outgoing || isOver || !(status >= 200 && status <= 999)) {
      return original.writeHead.call(res, status, ...rest);
    }
    const reason = rest.find((argument) => typeof argument === 'string');
    const earlier = fieldsSet(res);
    orGiveUp(() => {
      if (reason !== undefined) validateHeaderValue('statusMessage', reason);
      applyFields(res, collectFields(res, rest));
    }, earlier);
    res.statusCode = writtenStatus = status;
    letGo = holdHead(res, () => {
      letGo = undefined;
      if (isOver) original.writeHead.call(res, status, ...(reason === undefined ? [] : [reason]));
      else orGiveUp(() => sendHead(status, reason), earlier);
    });
    return res;
  };

  const write = (chunk: Chunk, ...rest: unknown[]): boolean => {
    if (!isOver && isChunk(chunk)) {
      ensureHead();
      outgoing?.collector?.push(toBytes(chunk, rest[0]));
      if (outgoing?.instead) {
        const done = rest.find(isFunction);
        if (done) queueMicrotask(done);
        return true;
      }
    }
    letGo?.();
    const isReady = original.write.call(res, chunk, ...rest);
    if (outgoing?.onFull && outgoing.collector?.isOpen) clientWait.wrote(isReady, outgoing.onFull);
    return isReady;
  };

  const end = (...all: unknown[]): ServerResponse => {
    const [chunk, encoding] = all;
    // Node throws at what is no chunk before it has sent anything.
    if (isDisowned() || hasGone(res) || isRefusedByNode(chunk)) giveUp();
    if (isOver) {
      letGo?.();
      return original.end.apply(res, all);
    }
    const bytes = isChunk(chunk) ? toBytes(chunk, encoding) : new Uint8Array();
    if (!outgoing) whole = bytes;
    ensureHead();
    isOver = true;
    if (outgoing?.instead) {
      outgoing.collector?.push(bytes);
      outgoing.collector?.end();
      sendInstead(outgoing.instead(), all.filter(isFunction));
      return res;
    }
    try {
      if (isReplaced) original.end.call(res, all.find(isFunction));
      else original.end.apply(res, all);
    } catch (error) {
      outgoing?.collector?.abort();
      throw error;
    }
    outgoing?.collector?.push(bytes);
    void complete();
    return res;
  };

  Object.assign(res, { writeHead, write, end });
  res.once('close', () => giveUp());
  const abandon = (error?: unknown): Reply | undefined => {
    isLeft = true;
    // Also of what has ended, but only just: see `complete`.
    outgoing?.collector?.abort();
    const reply = giveUp(error);
    // What the handler had set is not part of it.
    if (reply && !res.headersSent) applyFields(res, before);
    return reply;
  };

  return {
    abandon,
    fail: (error) => {
      isLeft = true;
      if (outgoing || letGo) abandon(error);
      else failure = { error };
    },
    release: () => {
      isLeft = true;
    },
  };
};

const isFunction = (argument: unknown): argument is () => void => typeof argument === 'function';

const isRefusedByNode = (chunk: unknown): boolean => Boolean(chunk) && !isFunction(chunk) && !isChunk(chunk);

const isChunk = (chunk: unknown): chunk is Chunk => typeof chunk === 'string' || chunk instanceof Uint8Array;

const toBytes = (chunk: Chunk, encoding: unknown): Uint8Array =>
  typeof chunk === 'string'
    ? Buffer.from(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8')
    : chunk;

/** What Node itself adds when `end` is the first call, and cannot add once `writeHead` was called. */
const withLength = (
  fields: readonly FieldLine[],
  body: Uint8Array,
  status: number,
  isHead: boolean,
): readonly FieldLine[] => {
  const isGiven = ['content-length', 'transfer-encoding', 'trailer'].some((name) => hasField(fields, name));
  if (isGiven || isHead || hasNoContent(status)) return fields;
  return [...fields, ['Content-Length', String(body.byteLength)]];
};
