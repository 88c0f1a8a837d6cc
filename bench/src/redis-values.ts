/** 91 bytes of JSON. */
export const SMALL: object = {
  id: 4711,
  name: 'Ada Lovelace',
  email: 'ada@example.org',
  roles: ['owner'],
  active: true,
  n: 1,
};

/** 1.7 kB of JSON. */
export const LARGE: object = {
  id: 'album:7',
  title: 'Summer',
  owner: { id: 7, name: 'Lena', roles: ['owner', 'editor'] },
  createdAt: '2026-01-01T00:00:00.000Z',
  photos: Array.from({ length: 27 }, (_, i) => ({
    id: i,
    width: 1920,
    height: 1080,
    name: `photo ${i}.jpg`,
  })),
};
