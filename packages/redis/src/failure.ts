import { CacheError, type ErrorCode } from '@keepsake/core';
import { parseRedirection, type Redirection } from './cluster/redirection.ts';

/** What the words that begin a server's error reply mean to whoever runs the cache. */
const MEANING: Readonly<Record<string, string>> = {
  WRONGPASS: 'the server refused the user name or password',
  NOAUTH: 'the server asks for a password and none was given',
  NOPERM: 'the user may not run this command (ACL)',
  LOADING: 'the server is loading its data',
  READONLY: 'the server is a replica',
  MASTERDOWN: 'the replica has lost its primary',
  CLUSTERDOWN: 'the cluster is down',
  MISCONF: 'the server cannot persist and refuses writes',
  OOM: 'the server is out of memory',
  WRONGTYPE: 'the key holds another type of data',
  BUSY: 'the server is busy with a script',
  NOSCRIPT: 'the script is not loaded',
  MOVED: 'the server is a node of a cluster, and another one serves the key',
  ASK: 'the key is on its way to another node of the cluster',
  TRYAGAIN: 'the keys are on their way to another node of the cluster',
};

/** Replies after which the server is not usable at all, whichever command is tried next. */
const SERVER_DOWN: ReadonlySet<string> = new Set([
  'LOADING',
  'READONLY',
  'MASTERDOWN',
  'CLUSTERDOWN',
  'BUSY',
]);

/** Replies that no waiting mends: somebody has to change a setting. */
const NEEDS_A_PERSON: ReadonlySet<string> = new Set(['WRONGPASS', 'NOAUTH', 'DB']);

/**
 * A Redis operation that failed. It holds what went wrong in our own words and no part of the command: the
 * client's own error objects carry the arguments, and so cached values and passwords.
 */
export class RedisFailure extends CacheError {
  /** First word of the server's error reply (`OOM`, `WRONGTYPE`); undefined where no reply came. */
  readonly reply: string | undefined;
  /** Whether it says more than that the connection was lost. */
  readonly isSpecific: boolean;
  /** Where the server of a cluster says that the command belongs. */
  readonly redirection: Redirection | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    reply?: string,
    isSpecific: boolean = reply !== undefined,
    redirection?: Redirection,
  ) {
    super(code, message);
    this.reply = reply;
    this.isSpecific = isSpecific;
    this.redirection = redirection;
  }

  /** Whether it says that the server itself, not this one command, is the trouble. */
  get isServerDown(): boolean {
    return this.reply === undefined || SERVER_DOWN.has(this.reply);
  }

  /** Whether nothing was done because the keys are on their way to another node, or were when it was tried last. */
  get isInMotion(): boolean {
    return this.redirection !== undefined || this.reply === 'TRYAGAIN';
  }

  get needsAPerson(): boolean {
    return this.reply !== undefined && NEEDS_A_PERSON.has(this.reply);
  }
}

export const timedOut = (operation: string, what: string, ms: number): RedisFailure =>
  new RedisFailure('ERR_TIMEOUT', `redis ${operation}: no ${what} within ${ms} ms`);

/** What a client's error may say aloud. */
export const toFailure = (operation: string, error: unknown): RedisFailure => {
  if (error instanceof RedisFailure) return error;
  const say = (reason: string, reply?: string, isSpecific?: boolean): RedisFailure =>
    new RedisFailure('ERR_UNAVAILABLE', `redis ${operation}: ${reason}`, reply, isSpecific);
  if (!(error instanceof Error)) return say('the client failed');
  const { code, command } = error as { code?: unknown; command?: { name?: unknown } };
  if (error.name === 'ReplyError') {
    if (command?.name === 'select') return say('the server has no such database number', 'DB');
    const reply = replyWord(error.message);
    return new RedisFailure(
      'ERR_UNAVAILABLE',
      `redis ${operation}: ${MEANING[reply] ?? `the server answered ${reply}`}`,
      reply,
      true,
      parseRedirection(error.message),
    );
  }
  if (typeof code === 'string' && /^[A-Z_]{3,40}$/.test(code)) {
    return say(`the connection failed (${code})`, undefined, true);
  }
  return say('the connection was lost');
};

/** Of an error reply that a script passed on as a text. */
export const failureOf = (operation: string, reply: string): RedisFailure =>
  toFailure(operation, Object.assign(new Error(reply), { name: 'ReplyError' }));

/** Only the leading word is safe: the rest of a reply may quote arguments. A script's error hides it inside. */
const replyWord = (message: string): string => {
  const first = /^-?([A-Z][A-Z0-9]{1,20})\b/.exec(message)?.[1] ?? 'ERR';
  if (first !== 'ERR') return first;
  return Object.keys(MEANING).find((word) => message.includes(`-${word} `)) ?? 'ERR';
};
