import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startDemo } from '../src/start-demo.ts';
import {
  json,
  makeFolder,
  pictureForm,
  removeFolder,
  request,
  startReadyDemo,
  testConfig,
  type TestDemo,
  writeText,
} from './demo-fixture.ts';

let folder: string;
let demo: TestDemo;

beforeAll(async () => {
  folder = await makeFolder();
  const photos = await makeFolder();
  demo = await startReadyDemo({ DATA_DIR: join(folder, 'data'), PHOTOS_DIR: photos });
  await removeFolder(photos);
}, 120_000);

afterAll(async () => {
  await demo.close();
  await removeFolder(folder);
}, 30_000);

it('an empty folder of photos makes an empty library', async () => {
  expect((await request(`${demo.url}/healthz`)).body).toMatchObject({
    ready: true,
    import: { state: 'done', total: 0, failed: [] },
  });
  expect((await demo.api('/albums')).body).toEqual([]);
  expect((await demo.api('/people')).body).toEqual([]);
});

/** An id that nothing has. */
const NOBODY = '00000000-0000-4000-8000-000000000000';
const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

it.each<[string, string, number, RequestInit?]>([
  ['an id that is none', '/albums/1%27%20OR%201=1', 400],
  ['an unknown album', `/albums/${NOBODY}`, 404],
  ['an unknown photo', `/photos/${NOBODY}`, 404],
  ['an unknown face', `/faces/${NOBODY}/crop`, 404],
  ['a limit with a sign', `/albums/${NOBODY}/photos?limit=-1`, 400],
  ['a limit in exponents', `/albums/${NOBODY}/photos?limit=1e1`, 400],
  ['two offsets', `/albums/${NOBODY}/photos?offset=1&offset=2`, 400],
  ['an unknown size', `/photos/${NOBODY}/image?size=huge`, 400],
  ['an empty search', '/search?q=%20', 400],
  ['broken JSON', `/people/${NOBODY}`, 400, { method: 'PATCH', body: '{' }],
  ['a name of blanks', `/people/${NOBODY}`, 400, json('PATCH', { name: '  ' })],
  ['a merge with oneself', `/people/${NOBODY}/merge`, 400, json('POST', { into: NOBODY })],
  ['a merge with nobody', `/people/${NOBODY}/merge`, 400, json('POST', {})],
  ['a body that is no form', '/search/by-selfie', 400, { method: 'POST', body: 'x' }],
  ['a form without a file', '/search/by-selfie', 400, { method: 'POST', body: new FormData() }],
  ['a text as a picture', '/search/by-selfie', 415, pictureForm(bytes('GIF89a or so'))],
  [
    'a picture cut short',
    '/search/by-selfie',
    422,
    pictureForm(Uint8Array.from([0xff, 0xd8, 0xff, 0xe0, 0, 16])),
  ],
  ['a picture too large', '/search/by-selfie', 413, pictureForm(new Uint8Array(21 * 1024 * 1024))],
  [
    'a form from another site',
    '/search/by-selfie',
    403,
    { ...pictureForm(bytes('x')), headers: { origin: 'http://evil.test' } },
  ],
  ['an address that is none', '/nothing', 404],
  ['a method that an address does not have', '/albums', 405, { method: 'PUT' }],
])('%s is refused in JSON', async (_, path, status, init) => {
  const reply = await demo.api(path, init);
  expect(reply.status).toBe(status);
  expect(reply.body).toEqual({
    error: { code: expect.stringMatching(/^[A-Z_]+$/), message: expect.stringMatching(/\.$/) },
  });
  expect(reply.queries).not.toBeNaN();
});

it('says which methods an address has', async () => {
  const reply = async (path: string, method: string): Promise<string | null> =>
    (await demo.api(path, { method })).headers.get('allow');
  expect(await reply('/albums', 'PUT')).toBe('GET, HEAD');
  expect(await reply(`/people/${NOBODY}`, 'DELETE')).toBe('GET, HEAD, PATCH');
  expect(await reply(`/albums/${NOBODY}/photos`, 'DELETE')).toBe('GET, HEAD, POST');
  expect(await reply('/cache/stats', 'POST')).toBe('GET, HEAD');
  expect(await reply('/nothing', 'PUT')).toBeNull();
});

it('tells a damaged picture in words of its own', async () => {
  const cut = pictureForm(Uint8Array.from([0xff, 0xd8, 0xff, 0xe0, 0, 16]));
  expect((await demo.api('/search/by-selfie', cut)).body).toEqual({
    error: { code: 'BROKEN_IMAGE', message: 'The file is damaged or no image.' },
  });
});

it('never leaves the folder of the pages', async () => {
  for (const path of [
    '/..%2f..%2fpackage.json',
    '/%2e%2e/%2e%2e/package.json',
    '/assets/..%2f..%2fmain.js',
    '/%00',
  ]) {
    const reply = await request(demo.url + path);
    expect(new TextDecoder().decode(reply.bytes)).not.toContain('@keepsake');
  }
});

it('a port or a data folder that is taken is explained', async () => {
  const taken = { DATA_DIR: join(folder, 'other'), PORT: new URL(demo.url).port };
  await expect(startDemo(testConfig(taken))).rejects.toThrow(/Port \d+ on 127\.0\.0\.1 is taken.*set PORT/);
  const sameData = { DATA_DIR: join(folder, 'data') };
  await expect(startDemo(testConfig(sameData))).rejects.toThrow(
    /Another demo is using DATA_DIR .*set DATA_DIR/,
  );
});

it('a database that cannot be opened ends the start, with the way out', async () => {
  const data = join(folder, 'spoilt');
  await mkdir(join(data, 'db'), { recursive: true });
  await writeText(join(data, 'db'), 'PG_VERSION');
  const spoilt = await startDemo(testConfig({ DATA_DIR: data }));
  await expect(spoilt.ready).rejects.toThrow(/database in .* cannot be opened .* Move that folder away/);
  await spoilt.close();
});
