import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Album, FaceMatch, Person, Photo, PhotoPage } from '../src/photos/model.ts';
import {
  copySamples,
  json,
  makeFolder,
  pictureForm,
  removeFolder,
  request,
  samplePath,
  startReadyDemo,
  type TestDemo,
  writeText,
} from './demo-fixture.ts';

interface Selfie {
  readonly person?: Person;
  readonly results: readonly FaceMatch[];
}

let folder: string;
let demo: TestDemo;

beforeAll(async () => {
  folder = await makeFolder();
  const photos = join(folder, 'Summer');
  await copySamples(join(photos, 'Party'), ['friends-1.jpg', 'friends-2.jpg']);
  await copySamples(photos, ['black-canyon.jpg']);
  await writeText(photos, 'text.jpg');
  const whole = await readFile(samplePath('friends-3.jpg'));
  await writeFile(join(photos, 'Party', 'broken.jpg'), whole.subarray(0, whole.length / 3));
  demo = await startReadyDemo({ DATA_DIR: join(folder, 'data'), PHOTOS_DIR: photos });
}, 150_000);

afterAll(async () => {
  await demo.close();
  await removeFolder(folder);
}, 30_000);

async function albumNamed(name: string): Promise<Album> {
  const albums = (await demo.api('/albums')).body as Album[];
  const album = albums.find((candidate) => candidate.name === name);
  if (album === undefined) throw new Error(`no album ${name} in ${JSON.stringify(albums)}`);
  return album;
}

async function partyPhotos(): Promise<readonly Photo[]> {
  const album = await albumNamed('Party');
  return ((await demo.api(`/albums/${album.id}/photos`)).body as PhotoPage<Photo>).items;
}

async function cropOf(photo: Photo, faceIndex: number): Promise<Uint8Array<ArrayBuffer>> {
  const box = photo.faces[faceIndex]?.box;
  if (box === undefined) throw new Error(`photo ${photo.fileName} has no face ${faceIndex}`);
  const crop = sharp(samplePath(photo.fileName)).extract({
    left: Math.floor(box.x * photo.width),
    top: Math.floor(box.y * photo.height),
    width: Math.floor(box.width * photo.width),
    height: Math.floor(box.height * photo.height),
  });
  return new Uint8Array(await crop.jpeg().toBuffer());
}

describe('the import', () => {
  it('is ready with the good photos and names each file that failed', async () => {
    const { body } = await request(`${demo.url}/healthz`);
    expect(body).toMatchObject({ status: 'ok', ready: true, import: { state: 'done', total: 5, done: 5 } });
    const { failed } = (body as { import: { failed: { fileName: string; reason: string }[] } }).import;
    expect(failed.map(({ fileName }) => fileName).sort()).toEqual(['broken.jpg', 'text.jpg']);
    expect(failed.find(({ fileName }) => fileName === 'text.jpg')?.reason).toContain(
      'not a JPEG, PNG or WebP',
    );
  });

  it('makes an album of each folder and reads when photos were taken', async () => {
    expect((await albumNamed('Summer')).photoCount).toBe(1);
    expect((await albumNamed('Party')).photoCount).toBe(2);
    const [first, second] = await partyPhotos();
    expect(first).toMatchObject({
      fileName: 'friends-2.jpg',
      width: 1920,
      takenAt: '2016-08-13T01:11:41.000Z',
    });
    expect(second).toMatchObject({ fileName: 'friends-1.jpg', takenAt: '2017-10-31T20:16:18.000Z' });
  });

  it('finds faces inside the photo, and never the same person twice in one photo', async () => {
    for (const photo of await partyPhotos()) {
      expect(photo.faces).toHaveLength(3);
      expect(new Set(photo.faces.map(({ personId }) => personId)).size).toBe(3);
      for (const { box } of photo.faces) {
        expect(Math.min(box.x, box.y)).toBeGreaterThanOrEqual(0);
        expect(Math.max(box.x + box.width, box.y + box.height)).toBeLessThanOrEqual(1);
      }
    }
  });
});

describe('a page that is looked at twice', () => {
  it('costs no query the second time, and the stats show it', async () => {
    const album = await albumNamed('Party');
    const [photo] = await partyPhotos();
    const [person] = (await demo.api('/people')).body as Person[];
    const pages = [
      '/albums',
      `/albums/${album.id}`,
      `/albums/${album.id}/photos?limit=1`,
      `/photos/${photo?.id}`,
      `/photos/${photo?.id}/status`,
      '/people',
      `/people/${person?.id}`,
      `/people/${person?.id}/photos`,
      '/search?q=friends',
      '/search/suggestions?q=fri',
    ];
    for (const page of pages) {
      const first = await demo.api(page);
      const before = (await demo.api('/cache/stats')).body as { hits: number };
      const second = await demo.api(page);
      const after = (await demo.api('/cache/stats')).body as { hits: number };
      expect([page, second.status, second.queries, second.misses]).toEqual([page, 200, 0, 0]);
      expect([page, after.hits]).toEqual([page, before.hits + second.hits]);
      expect(second.hits).toBeGreaterThan(0);
      expect(second.bytes).toEqual(first.bytes);
    }
  });

  it('needs neither database nor disk for a small image, once the first reply is stored behind it', async () => {
    const [photo] = await partyPhotos();
    for (const image of [`/photos/${photo?.id}/image?size=thumb`, `/faces/${photo?.faces[0]?.id}/crop`]) {
      const first = await demo.api(image);
      await expect
        .poll(async () => (await demo.api(image)).headers.get('cache-status'), { timeout: 10_000 })
        .toMatch(/^Keepsake;\s?hit/);
      const again = await demo.api(image);
      expect([again.queries, again.misses, again.hits > 0]).toEqual([0, 0, true]);
      expect(again.bytes).toEqual(first.bytes);
    }
  });

  it('tells the cache stats in eight fields, and all of them wrapped', async () => {
    const fields = ['hits', 'misses', 'total_requests', 'hit_rate', 'sets', 'deletes', 'errors', 'db_size'];
    expect(Object.keys((await demo.api('/cache/stats')).body as object)).toEqual(fields);
    const detail = (await demo.api('/cache/stats/detail')).body as { dbQueries: number };
    expect(detail).toMatchObject({ status: 'ok', cache: { errors: 0 } });
    expect(detail.dbQueries).toBeGreaterThan(0);
  });
});

describe('images', () => {
  it('are sent in three sizes, immutable, and not again to who has them', async () => {
    const [photo] = await partyPhotos();
    for (const [size, width, type] of [
      ['thumb', 480, 'image/webp'],
      ['large', 1600, 'image/webp'],
      ['original', 1920, 'image/jpeg'],
    ] as const) {
      const image = await demo.api(`/photos/${photo?.id}/image?size=${size}`);
      expect(image.headers.get('content-type')).toBe(type);
      expect(image.headers.get('cache-control')).toContain('immutable');
      expect((await sharp(image.bytes).metadata()).width).toBe(width);
      const etag = image.headers.get('etag') ?? '';
      const again = await demo.api(`/photos/${photo?.id}/image?size=${size}`, {
        headers: { 'if-none-match': etag },
      });
      expect([again.status, again.bytes.length]).toEqual([304, 0]);
    }
  });

  it('count when downloaded', async () => {
    const [photo] = await partyPhotos();
    const download = await demo.api(`/photos/${photo?.id}/download`);
    expect(download.headers.get('content-disposition')).toContain('attachment; filename="friends-2.jpg"');
    expect(download.bytes.length).toBe((await readFile(samplePath('friends-2.jpg'))).length);
    await demo.api(`/photos/${photo?.id}/download`);
    expect((await demo.api(`/photos/${photo?.id}`)).body).toMatchObject({ downloads: 2 });
    expect((await partyPhotos())[0]?.downloads).toBe(2);
  });
});

describe('search by selfie', () => {
  it('finds photo and person of a tight crop, and answers the same picture from the cache', async () => {
    for (const photo of await partyPhotos()) {
      const crop = await cropOf(photo, 2);
      const found = await demo.api('/search/by-selfie', pictureForm(crop));
      const { person, results } = found.body as Selfie;
      expect(results[0]).toMatchObject({ photoId: photo.id, faceId: photo.faces[2]?.id });
      expect(person?.id).toBe(photo.faces[2]?.personId);
      const again = await demo.api('/search/by-selfie', pictureForm(crop, 'another-name.jpg'));
      expect([again.queries, again.misses]).toEqual([0, 0]);
      expect(again.body).toEqual(found.body);
    }
  });

  it('says so when there is no face', async () => {
    const landscape = new Uint8Array(await readFile(samplePath('black-canyon.jpg')));
    const reply = await demo.api('/search/by-selfie', pictureForm(landscape));
    expect([reply.status, reply.body]).toMatchObject([422, { error: { code: 'NO_FACE' } }]);
  });
});

describe('changes', () => {
  it('shows a new name on every page at once', async () => {
    const [person] = (await demo.api('/people')).body as Person[];
    await demo.api(`/people/${person?.id}`);
    await demo.api('/search?q=Lena');
    const renamed = await demo.api(`/people/${person?.id}`, json('PATCH', { name: '  Lena ' }));
    expect(renamed.body).toMatchObject({ id: person?.id, name: 'Lena' });
    expect((await demo.api(`/people/${person?.id}`)).body).toMatchObject({ name: 'Lena' });
    expect(((await demo.api('/people')).body as Person[])[0]).toMatchObject({ name: 'Lena' });
    expect((await demo.api('/search?q=Lena')).body).toMatchObject({ people: [{ id: person?.id }] });
  });

  it('merges two people, on their photos too', async () => {
    const [one, , other] = (await demo.api('/people')).body as Person[];
    if (one === undefined || other === undefined) throw new Error('the samples show at least three people');
    const merged = await demo.api(`/people/${other.id}/merge`, json('POST', { into: one.id }));
    expect(merged.body).toMatchObject({ id: one.id, faceCount: one.faceCount + other.faceCount });
    expect((await demo.api(`/people/${other.id}`)).status).toBe(404);
    const owners = (await partyPhotos()).flatMap(({ faces }) => faces.map(({ personId }) => personId));
    expect(owners).not.toContain(other.id);
  });

  it('adds an upload, finds its faces, and knows the same content again', async () => {
    const album = await albumNamed('Summer');
    const picture = new Uint8Array(await readFile(samplePath('friends-6.jpg')));
    const added = await demo.api(
      `/albums/${album.id}/photos`,
      pictureForm(picture, '../../up\u0000load.jpg'),
    );
    expect([added.status, added.body]).toMatchObject([
      201,
      { albumId: album.id, fileName: 'upload.jpg', duplicate: false },
    ]);
    const { id } = added.body as Photo;
    await expect
      .poll(async () => (await demo.api(`/photos/${id}/status`)).body, { timeout: 60_000, interval: 200 })
      .toEqual({ id, faces: 'done' });
    expect(((await demo.api(`/photos/${id}`)).body as Photo).faces).toHaveLength(4);
    expect((await demo.api(`/albums/${album.id}`)).body).toMatchObject({ photoCount: 2 });
    const again = await demo.api(`/albums/${album.id}/photos`, pictureForm(picture, 'copy.jpg'));
    expect([again.status, again.body]).toMatchObject([200, { id, duplicate: true }]);
  }, 90_000);
});
