import { createCache, MemoryBackend } from '@keepsake/core';
import type { StandardSchema } from '@keepsake/core/families';
import { FakeClock } from '@keepsake/core/testing';
import { createEntityCache, createPhotoCache, defineEntity } from '@keepsake/entities';
import { describe, expect, it } from 'vitest';

interface Order {
  readonly total: number;
}

const orders: StandardSchema<Order> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value) =>
      typeof (value as Partial<Order> | null)?.total === 'number'
        ? { value: value as Order }
        : { issues: [{ message: 'no total' }] },
  },
};

describe('a part with a schema', () => {
  const open = () => {
    const clock = new FakeClock();
    const cache = createCache({ clock, l2: new MemoryBackend({ clock }) });
    const order = defineEntity('order', { details: { ttl: '1h', schema: orders } });
    const { parts } = createEntityCache(cache, [order], { clock });
    return { cache, details: parts.order.details };
  };

  it('takes a stored value that fails it for a miss, with its reason', async () => {
    const { cache, details } = open();
    const events: string[] = [];
    cache.on('entry.missed', ({ key, reason }) => events.push(`${key} ${reason}`));
    await cache.set(details.key(7), { sum: 9.5 });
    expect(await details.get(7)).toBeUndefined();
    expect(await details.getMany([7])).toEqual(new Map());
    expect(events).toEqual(['order:7:details schema', 'order:7:details schema']);
  });

  it('loads in its place, and what was loaded is a hit', async () => {
    const { cache, details } = open();
    await cache.set(details.key(7), { sum: 9.5 });
    expect(await details.getOrSet(7, () => ({ total: 9.5 }))).toEqual({ total: 9.5 });
    expect(await details.get(7)).toEqual({ total: 9.5 });
    await cache.set(details.key(8), 'garbage');
    const many = await details.getOrSetMany([7, 8], async (ids) => ids.map((id) => [id, { total: 1 }]));
    expect([...many.values()]).toEqual([{ total: 9.5 }, { total: 1 }]);
  });

  it('lets get, query and set fill it, and is removed like any other', async () => {
    const { cache, details } = open();
    await cache.set(details.key(7), 'garbage');
    expect(await details.get(7)).toBeUndefined();
    expect(await details.set(7, { total: 1 })).toBe(true);
    expect(await details.get(7)).toEqual({ total: 1 });
    await details.invalidate(7);
    expect(await details.get(7)).toBeUndefined();
  });

  it('migrates what an older version has left', async () => {
    const clock = new FakeClock();
    const l2 = new MemoryBackend({ clock });
    const bind = (version: number) => {
      const order = defineEntity('order', {
        details: {
          ttl: '1h',
          schema: orders,
          version,
          migrate: (value) => ({ total: (value as { total: number }).total / 100 }),
        },
      });
      return createEntityCache(createCache({ clock, l2 }), [order], { clock }).parts.order.details;
    };
    await bind(0).set(7, { total: 950 });
    expect(await bind(1).get(7)).toEqual({ total: 9.5 });
  });

  it('refuses what is no schema when it is bound', () => {
    const schema = {} as StandardSchema;
    const order = defineEntity('order', { details: { ttl: '1h', schema } });
    expect(() => createEntityCache(createCache(), [order])).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION' }),
    );
  });
});

describe('schemas of the photo domain', () => {
  const permissions: StandardSchema<string[]> = {
    '~standard': {
      version: 1,
      vendor: 'test',
      validate: (value) =>
        Array.isArray(value) ? { value: value as string[] } : { issues: [{ message: 'no list' }] },
    },
  };

  it('turn a stored value that fails into a miss, by part or by name', async () => {
    const cache = createCache({ l2: new MemoryBackend() });
    const photos = createPhotoCache<{ user: { permissions: string[] } }>(cache, {
      schemas: { user: { permissions } },
    });
    await cache.setMany({ 'user:7:permissions': 'admin', 'user:7:profile': 'admin' });
    const inspection = await cache.inspect('user:7:permissions');
    expect(inspection.outcome).toBe('hit');
    const reasons: string[] = [];
    cache.on('entry.missed', ({ reason }) => reasons.push(reason));
    expect(await photos.getCachedUserPermissions(7)).toBeUndefined();
    expect(reasons).toEqual(['schema']);
    expect(await photos.getCachedUserProfile(7)).toBe('admin');
    await photos.cacheUserPermissions(8, ['reader']);
    expect(await photos.user.permissions.get(8)).toEqual(['reader']);
    await photos.invalidateUserCache(8);
    expect(await photos.user.permissions.get(8)).toBeUndefined();
  });

  it('are refused for what is not there, and do not compile for a value of another type', () => {
    const cache = createCache();
    const wrong = [{ users: {} }, { user: { permission: permissions } }];
    for (const schemas of wrong as object[]) {
      expect(() => createPhotoCache(cache, { schemas })).toThrow(
        expect.objectContaining({ code: 'ERR_OPTION' }),
      );
    }
    createPhotoCache<{ user: { permissions: number[] } }>(cache, {
      // @ts-expect-error the permissions are numbers
      schemas: { user: { permissions } },
    });
  });
});
