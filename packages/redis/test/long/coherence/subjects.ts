/**
 * What is checked, by name. Only `ours` may pass; each mutant lacks one thing of what makes the bound hold. (One is
 * an option that gives the bound up.)
 */
import {
  type Bus,
  type BusLink,
  type BusReceiver,
  createCache,
  MemoryBackend,
  type StoreItem,
} from '@keepsake/core';
import type { MakeNode } from './cache-node.ts';
import { makeNaiveNode } from './naive-node.ts';

/** The object with some methods replaced. */
const replaced = <T extends object>(inner: T, changed: Partial<T>): T =>
  new Proxy(inner, {
    get: (target, name) => {
      const own: unknown = Reflect.get(changed, name);
      if (own !== undefined) return own;
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });

const ignore = (): void => undefined;

type Open = (bus: Bus, receiver: BusReceiver) => BusLink;

interface Change {
  readonly open?: Open;
  readonly wrapNear?: (near: MemoryBackend) => MemoryBackend;
  readonly onBusLoss?: 'serve';
}

const ours =
  ({ open, wrapNear = (near) => near, onBusLoss }: Change = {}): MakeNode =>
  ({ clock, l2, bus, stalenessMs, ttlMs, maxEntries }) =>
    createCache({
      clock,
      l1: wrapNear(new MemoryBackend({ clock, maxEntries, maxBytes: 1_000_000 })),
      l2,
      ...(bus && { bus: open ? replaced(bus, { open: (receiver) => open(bus, receiver) }) : bus }),
      ...(onBusLoss && { onBusLoss }),
      staleness: stalenessMs / 1_000,
      ttl: ttlMs / 1_000,
    });

/** Every heartbeat is back at once, wherever it was sent. */
const withoutLease: Open = (bus, receiver) =>
  replaced(bus.open(receiver), { beat: (id) => receiver.beat(id, 'known') });

/** The lease counts from when a heartbeat came back: it is taken for the latest one that was sent. */
const trustingReturn: Open = (bus, receiver) => {
  let latest = 0;
  const link = bus.open({ ...receiver, beat: (_, epoch) => receiver.beat(latest, epoch) });
  return replaced(link, {
    beat: (id) => {
      latest = id;
      return link.beat(id);
    },
  });
};

/** Heartbeats come back on another connection than messages. */
const beatingElsewhere: Open = (bus, receiver) => {
  const messages = bus.open({ ...receiver, beat: ignore });
  const beats = bus.open({ message: ignore, down: ignore, beat: (id, epoch) => receiver.beat(id, epoch) });
  return replaced(messages, {
    beat: (id) => beats.beat(id),
    close: async () => {
      await beats.close();
      await messages.close();
    },
  });
};

const ignoringEpochs: Open = (bus, receiver) =>
  bus.open({ ...receiver, beat: (id) => receiver.beat(id, 'known') });

/** What was in L1 when the connection was lost is served as before once there is a new one. */
const keepingAfterLoss: Open = (bus, receiver) => bus.open({ ...receiver, down: ignore });

/** What was read of L2 is kept in L1 whatever was heard meanwhile. */
const withoutFences = (near: MemoryBackend): MemoryBackend => {
  const open = (item: StoreItem): StoreItem => ({
    ...item,
    condition: typeof item.condition === 'string' ? item.condition : 'always',
  });
  return replaced(near, { setMany: (items) => near.setMany(items.map(open)) });
};

const SUBJECTS: Readonly<Record<string, MakeNode>> = {
  ours: ours(),
  naive: makeNaiveNode,
  'no-lease': ours({ open: withoutLease }),
  'trust-from-return-time': ours({ open: trustingReturn }),
  'beats-on-other-connection': ours({ open: beatingElsewhere }),
  'ignores-epoch': ours({ open: ignoringEpochs }),
  'keeps-l1-after-reconnect': ours({ open: keepingAfterLoss }),
  'copies-without-fence': ours({ wrapNear: withoutFences }),
  'serves-while-bus-is-lost': ours({ onBusLoss: 'serve' }),
};

export const COHERENCE_MUTANTS: readonly string[] = Object.keys(SUBJECTS).slice(2);

/** @throws for a name that nobody has. */
export const subjectNamed = (name: string): MakeNode => {
  const subject = SUBJECTS[name];
  if (!subject) throw new Error(`no subject ${name}`);
  return subject;
};
