import { setTimeout as sleep } from 'node:timers/promises';
import { type Received, send } from '../client.ts';
import type { OriginRequest, OriginResponse } from '../origin.ts';
import type { Case, Expected, Gives, Step } from './case.ts';

/** What the handler was asked in one step. */
interface Asked {
  readonly request: OriginRequest;
  readonly status: number;
}

/** The handler of all cases: by its path and X-Step it knows which step of which case asks. */
export class CaseOrigin {
  readonly #cases = new Map<string, { readonly one: Case; readonly asked: Asked[][] }>();

  add(one: Case): void {
    this.#cases.set(one.id, { one, asked: one.steps.map(() => []) });
  }

  asked(id: string, step: number): readonly Asked[] {
    return this.#cases.get(id)?.asked[step] ?? [];
  }

  async answer(request: OriginRequest): Promise<OriginResponse> {
    const id = /^\/case\/([^/?]+)/.exec(request.url)?.[1] ?? '';
    const step = Number(request.header('x-step'));
    const known = this.#cases.get(id);
    const gives = known?.one.steps[step]?.gives ?? {};
    const { fails = false, takes = 0 } = gives;
    const isConditional =
      request.header('if-none-match') !== undefined || request.header('if-modified-since') !== undefined;
    const status = gives.isUnchanged && isConditional ? 304 : (gives.status ?? 200);
    known?.asked[step]?.push({ request, status });
    if (takes > 0) await sleep(takes);
    if (fails) throw new Error('the handler of a case fails');
    return responseOf(gives, status, gives.body ?? bodyOf(id, step));
  }
}

export const bodyOf = (id: string, step: number): string => `${id} ${step}`;

const responseOf = (gives: Gives, status: number, body: string): OriginResponse => {
  const nowMs = Date.now();
  const headers = (gives.headers ?? []).map(
    ([name, value]) => [name, typeof value === 'string' ? value : value(nowMs)] as const,
  );
  const hasBody = status !== 204 && status !== 304 && status !== 205;
  return { status, headers, ...(hasBody && { body }), ...(gives.early && { early: gives.early }) };
};

/** What is wrong, in words; none: the case is met. */
export const runCase = async (one: Case, port: number, origin: CaseOrigin): Promise<string[]> => {
  const wrong: string[] = [];
  for (const [i, step] of one.steps.entries()) {
    if (step.after !== undefined) await sleep(step.after);
    const answers = await Promise.all(Array.from({ length: step.times ?? 1 }, () => request(one, i, port)));
    for (const answer of answers) {
      wrong.push(...faultsOf(one, i, step, answer, origin).map((fault) => `step ${i}: ${fault}`));
    }
  }
  return wrong;
};

const request = (one: Case, i: number, port: number): Promise<Received | undefined> => {
  const { method = 'GET', path = '', headers = {} } = one.steps[i] ?? {};
  const sent = { ...headers, 'X-Step': String(i) };
  return send(port, `/case/${one.id}${path}`, { method, headers: sent }).catch(() => undefined);
};

const faultsOf = (
  one: Case,
  i: number,
  step: Step,
  answer: Received | undefined,
  origin: CaseOrigin,
): string[] => {
  const { expect } = step;
  const asked = origin.asked(one.id, i);
  const faults = sourceFaults(expect, asked, answer);
  if (!answer) {
    if (step.gives?.fails && expect.from === 'handler') return faults;
    return [...faults, 'no answer'];
  }
  if (expect.status !== undefined && answer.status !== expect.status) {
    faults.push(`status ${answer.status}, not ${expect.status}`);
  }
  if (expect.body !== undefined && answer.text !== expect.body) {
    faults.push(`body ${JSON.stringify(answer.text)}, not ${JSON.stringify(expect.body)}`);
  }
  if (expect.from === 'cache' && expect.body === undefined && answer.text === bodyOf(one.id, i)) {
    faults.push('the body is new');
  }
  faults.push(...fieldFaults('answer', expect.headers ?? {}, (name) => join(answer.all(name))));
  const [last] = asked.slice(-1);
  if (expect.asked) {
    faults.push(...fieldFaults('request', expect.asked, (name) => last?.request.header(name)));
  }
  for (const [name, value] of Object.entries(expect.early ?? {})) {
    if (answer.early[name.toLowerCase()] !== value) faults.push(`no early ${name}`);
  }
  return faults;
};

const sourceFaults = (
  { from, runs }: Expected,
  asked: readonly Asked[],
  answer: Received | undefined,
): string[] => {
  const usual = from === 'cache' ? 0 : 1;
  if (from !== 'either' && asked.length !== (runs ?? usual)) {
    const why = join(answer?.all('cache-status') ?? []) ?? 'without Cache-Status';
    return [`the handler was asked ${asked.length} times: ${why}`];
  }
  if (from === 'validated' && asked.some(({ status }) => status !== 304)) return ['there was no condition'];
  return [];
};

const join = (values: readonly string[]): string | undefined =>
  values.length === 0 ? undefined : values.join(', ');

const fieldFaults = (
  where: string,
  expected: Readonly<Record<string, string | RegExp | null>>,
  valueOf: (name: string) => string | undefined,
): string[] =>
  Object.entries(expected).flatMap(([name, wanted]) => {
    const value = valueOf(name);
    const isFine =
      wanted === null
        ? value === undefined
        : typeof wanted === 'string'
          ? value === wanted
          : wanted.test(value ?? '');
    return isFine ? [] : [`${where}: ${name} is ${JSON.stringify(value)}, not ${String(wanted)}`];
  });
