/**
 * The table of conformance: one case a rule, as requests to one URL in order, what the handler answers to each if
 * it is asked, and what the client gets.
 */
export type Value = string | ((nowMs: number) => string);
export type Lines = readonly (readonly [name: string, value: Value])[];

export interface Step {
  readonly method?: string;
  /** Behind the case's own path. */
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** So many requests at once. Default 1. */
  readonly times?: number;
  /** Milliseconds that pass before. */
  readonly after?: number;
  /** What the handler gives, if it is asked. */
  readonly gives?: Gives;
  readonly expect: Expected;
}

export interface Gives {
  /** Default 200. */
  readonly status?: number;
  readonly headers?: Lines;
  /** Default: the name of the case and the number of the step. */
  readonly body?: string;
  /** The handler throws instead. */
  readonly fails?: boolean;
  /** Answers 304 if it is asked with a condition, and 200 with a body that gives it away if not. */
  readonly isUnchanged?: boolean;
  /** Early hints, sent before. */
  readonly early?: readonly (readonly [string, string])[];
  /** What the handler takes, in milliseconds. */
  readonly takes?: number;
}

/**
 * Where the answer is from. `handler`: it was asked and its answer passed on. `cache`: it was not asked.
 * `validated`: it was asked with a condition, said 304, and the stored response was sent. `either`: no matter.
 */
export type Source = 'handler' | 'cache' | 'validated' | 'either';

export interface Expected {
  readonly from: Source;
  readonly status?: number;
  /** Undefined: that of the step the answer is from is not looked at. */
  readonly body?: string;
  /** What the client sees; null: no such field. */
  readonly headers?: Readonly<Record<string, string | RegExp | null>>;
  /** What the handler sees of the request; null: no such field. */
  readonly asked?: Readonly<Record<string, string | RegExp | null>>;
  /** How often the handler is asked in this step. Default 1, or 0 for `cache`. */
  readonly runs?: number;
  /** The early hints that the client gets. */
  readonly early?: Readonly<Record<string, string>>;
}

export interface Case {
  readonly id: string;
  /** Of RFC 9111, or with the RFC's number. */
  readonly section: string;
  readonly title: string;
  readonly preset?: 'safe' | 'conformance';
  /**
   * No other case goes beside it. In Redis, what is the first to carry a tag is refused where any other tag is
   * invalidated while it is made: that tag has no record yet which would show that it was not meant.
   */
  readonly isAlone?: boolean;
  readonly steps: readonly Step[];
}

/** An HTTP date so many seconds from the moment of the response. */
export const at =
  (offsetS: number): Value =>
  (nowMs) =>
    new Date(Math.floor(nowMs / 1_000) * 1_000 + offsetS * 1_000).toUTCString();

export const NOW: Value = at(0);
export const cacheControl = (value: string): readonly [string, string] => ['Cache-Control', value];
/** Long enough for what lives one second to be stale. */
export const PAST_ONE_SECOND = 2_050;

type Second = Partial<Omit<Step, 'expect'>> & { readonly expect?: Partial<Expected> };

type TwoSteps = (
  id: string,
  section: string,
  title: string,
  headers: Lines,
  second?: Second,
  gives?: Gives,
) => Case;

const twoSteps =
  (from: Source): TwoSteps =>
  (id, section, title, headers, second = {}, gives = {}) => ({
    id,
    section,
    title,
    steps: [
      { gives: { headers, ...gives }, expect: { from: 'handler' } },
      { ...second, expect: { from, ...second.expect } },
    ],
  });

/** What the first response says lets the second request be answered without the handler. */
export const reuses: TwoSteps = twoSteps('cache');
/** It does not. */
export const asksAgain: TwoSteps = twoSteps('handler');
