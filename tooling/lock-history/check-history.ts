/**
 * Whether a history is one of a mutex with fencing tokens.
 *
 * Overlap: a holder claims the lock from the first to the last moment at which `assertHeld` passed; claims of two
 * leases must not overlap. Order: the fences give the order of the grants; in this order each grant, and the end of
 * each hold, must find a moment between invoke and return of what is known about it. The earliest moment is always
 * the best choice, so one walk decides (for a mutex linearizability is that simple). Lost updates: a write replaced
 * what it had not read. O(n log n).
 */
import type { LockEvent, Released, Wrote } from './lock-history.ts';

export interface LockVerdict {
  readonly leases: number;
  readonly checks: number;
  /** Of both registers. */
  readonly writes: number;
  readonly guardedWrites: number;
  /** Of the register that compares no fence: no violation where a process can be stopped between check and write. */
  readonly lostUnguarded: number;
  readonly lostGuarded: number;
  /** How often two holders' claims overlapped. */
  readonly overlaps: number;
  /** As sentences. */
  readonly violations: readonly string[];
}

/** Times of what is known about one lease. */
interface Life {
  readonly process: number;
  readonly name: string;
  readonly token: string;
  fence: number | undefined;
  grant: { readonly fromMs: number; readonly toMs: number } | undefined;
  /** First and last moment of a check that passed. */
  claim: { fromMs: number; toMs: number } | undefined;
  /** It was held at this time at least. */
  heldMs: number;
  release: Released | undefined;
  lastRenewalMs: number;
}

export const checkLockHistory = (
  events: readonly LockEvent[],
  options: { readonly judgesUnguarded: boolean },
): LockVerdict => {
  const violations: string[] = [];
  const lives = livesOf(events, violations);
  const overlaps: string[] = [];
  const byName = new Map<string, Life[]>();
  for (const life of lives) {
    const ofName = byName.get(life.name);
    if (ofName) ofName.push(life);
    else byName.set(life.name, [life]);
  }
  for (const ofName of byName.values()) {
    overlaps.push(...overlapsOf(ofName));
    violations.push(...disorders(ofName), ...lateRenewals(ofName));
  }
  violations.push(...overlaps);
  const writes = events.filter((event) => event.operation === 'write');
  const lost = writes.filter(({ seen, found }) => seen !== found);
  const lostUnguarded = lost.filter(({ isGuarded }) => !isGuarded);
  violations.push(...lost.filter((write) => write.isGuarded || options.judgesUnguarded).map(lostUpdate));
  for (const event of events) {
    if (event.operation === 'probe' && !event.isFree) violations.push(`${event.name} was left behind`);
  }
  const checks = events.filter(({ operation }) => operation === 'check').length;
  return {
    leases: lives.filter(({ grant }) => grant !== undefined).length,
    checks,
    writes: writes.length,
    guardedWrites: writes.filter(({ isGuarded }) => isGuarded).length,
    lostUnguarded: lostUnguarded.length,
    lostGuarded: lost.length - lostUnguarded.length,
    overlaps: overlaps.length,
    violations,
  };
};

const livesOf = (events: readonly LockEvent[], violations: string[]): Life[] => {
  const lives = new Map<string, Life>();
  for (const event of events) {
    if (event.operation === 'probe' || event.operation === 'write') continue;
    const id = `${event.name}\u0000${event.token}`;
    const life = lives.get(id) ?? newLife(event);
    lives.set(id, life);
    apply(life, event, violations);
  }
  return [...lives.values()];
};

const newLife = ({ process, name, token }: LockEvent): Life => ({
  process,
  name,
  token,
  fence: undefined,
  grant: undefined,
  claim: undefined,
  heldMs: -Infinity,
  release: undefined,
  lastRenewalMs: -Infinity,
});

const apply = (life: Life, event: LockEvent, violations: string[]): void => {
  switch (event.operation) {
    case 'acquire':
      life.grant = { fromMs: event.invokeMs, toMs: event.returnMs };
      life.fence = event.fence;
      return;
    case 'check':
      life.claim ??= { fromMs: event.returnMs, toMs: event.invokeMs };
      life.claim.fromMs = Math.min(life.claim.fromMs, event.returnMs);
      life.claim.toMs = Math.max(life.claim.toMs, event.invokeMs);
      life.heldMs = Math.max(life.heldMs, event.invokeMs);
      return;
    case 'renew':
      life.lastRenewalMs = Math.max(life.lastRenewalMs, event.invokeMs);
      if (event.isHeld) life.heldMs = Math.max(life.heldMs, event.invokeMs);
      return;
    case 'release':
      if (event.outcome === 'freed' && life.release?.outcome === 'freed') {
        violations.push(`${who(life)} was freed twice`);
      }
      life.release = event;
      if (event.outcome === 'freed') life.heldMs = Math.max(life.heldMs, event.invokeMs);
      return;
    default:
      return;
  }
};

const overlapsOf = (lives: readonly Life[]): string[] => {
  const found: string[] = [];
  const claimed = lives
    .flatMap((life) => (life.claim ? [{ life, ...life.claim }] : []))
    .sort((one, other) => one.fromMs - other.fromMs);
  let latest = claimed[0];
  for (const claim of claimed.slice(1)) {
    if (latest && claim.fromMs < latest.toMs && claim.toMs > latest.fromMs) {
      found.push(
        `both ${who(latest.life)} and ${who(claim.life)} checked that they held it, ` +
          `until ${ms(latest.toMs)} and from ${ms(claim.fromMs)}`,
      );
    }
    if (!latest || claim.toMs > latest.toMs) latest = claim;
  }
  return found;
};

/** No place for a grant or a release among the others in the order of the fences. */
const disorders = (lives: readonly Life[]): string[] => {
  const found: string[] = [];
  const granted = lives
    .flatMap((life) =>
      life.grant && life.fence !== undefined ? [{ life, ...life.grant, fence: life.fence }] : [],
    )
    .sort((one, other) => one.fence - other.fence);
  let freeFromMs = -Infinity;
  let before: Life | undefined;
  for (const { life, fromMs, toMs, fence } of granted) {
    const atMs = Math.max(freeFromMs, fromMs);
    if (before && before.fence === fence) found.push(`${who(before)} and ${who(life)} have the same fence`);
    else if (before && atMs > toMs) {
      found.push(
        `${who(life)} was granted by ${ms(toMs)}, and ${who(before)}, whose fence is lower, held it at ${ms(freeFromMs)}`,
      );
    }
    freeFromMs = Math.max(atMs, life.heldMs);
    const { release } = life;
    if (release?.outcome === 'freed' && freeFromMs > release.returnMs) {
      found.push(`${who(life)} was freed by ${ms(release.returnMs)}, before it was granted`);
    }
    before = life;
  }
  return found;
};

const lateRenewals = (lives: readonly Life[]): string[] =>
  lives.flatMap((life) =>
    life.release && life.lastRenewalMs > life.release.invokeMs
      ? [
          `${who(life)} was renewed at ${ms(life.lastRenewalMs)}, after its release at ${ms(life.release.invokeMs)}`,
        ]
      : [],
  );

const lostUpdate = ({ name, process, returnMs, seen, found, isGuarded }: Wrote): string =>
  `process ${process} read ${seen} of ${name} and replaced ${found} at ${ms(returnMs)}` +
  (isGuarded ? ', past the guard' : '');

const who = ({ name, process, fence, token }: Life): string =>
  `${name} of process ${process} (${fence === undefined ? token.slice(0, 6) : `fence ${fence}`})`;

const ms = (time: number): string => `${time.toFixed(1)} ms`;
