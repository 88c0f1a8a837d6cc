import { type Browser, findChrome, openBrowser, type Page } from '@keepsake/tooling/browser';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Album, CacheStats, Face, Person, Photo, PhotoPage } from '../src/api/types.ts';
import { startBuiltDemo, type BuiltDemo } from './built-demo.ts';

const chrome = await findChrome();
const SAMPLES = ['sample1.jpg', 'sample2.jpg', 'sample3.jpg'];

describe.skipIf(chrome === undefined)('the pages in a browser', () => {
  let demo: BuiltDemo;
  let browser: Browser;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    demo = await startBuiltDemo(SAMPLES);
    if (chrome) browser = await openBrowser(chrome);
  }, 150_000);

  afterAll(async () => {
    await browser.close();
    await demo.close();
  }, 30_000);

  beforeEach(async () => {
    page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    complaints = [];
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
  });

  afterEach(async () => {
    await page.close();
  });

  async function allPhotos(): Promise<Photo[]> {
    const albums = await demo.json<Album[]>('/albums');
    const pages = await Promise.all(albums.map(({ id }) => demo.json<PhotoPage>(`/albums/${id}/photos`)));
    return pages.flatMap(({ items }) => items);
  }

  async function photoWithFaces(): Promise<Photo> {
    const photo = (await allPhotos()).find(({ faces }) => faces.filter(isGrouped).length > 1);
    if (photo === undefined) throw new Error('no sample photo has two faces that are in a group');
    return photo;
  }

  const isGrouped = (face: Face): boolean => face.personId !== null;

  it('shows every photo in the grid, and says that a second view came from the cache', async () => {
    await page.goto(demo.url);
    await page.waitForSelector('.tile img');
    expect(await page.locator('.tile').count()).toBe(SAMPLES.length);
    await page.goto(demo.url);
    const chip = page.locator('summary.chip');
    await chip.waitFor();
    await page.waitForFunction(() =>
      document.querySelector('summary.chip')?.textContent.includes('from cache'),
    );
    expect(await chip.textContent()).toMatch(/^[\d.]+\sms · (\d+) of \1 from cache$/);
    expect(complaints).toEqual([]);
  });

  it('keeps every box where it is while the grid loads', async () => {
    await page.addInitScript(() => {
      const shifts: number[] = [];
      Object.assign(window, { shifts });
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries())
          shifts.push((entry as PerformanceEntry & { value: number }).value);
      }).observe({ type: 'layout-shift', buffered: true });
    });
    await page.goto(demo.url);
    await page.waitForLoadState('networkidle');
    const shifts = await page.evaluate(() => (window as unknown as { shifts: number[] }).shifts);
    expect(shifts.reduce((sum, shift) => sum + shift, 0)).toBeLessThan(0.01);
  });

  it('draws a box on each face of a photo, inside the picture', async () => {
    const photo = await photoWithFaces();
    await page.goto(`${demo.url}/photos/${photo.id}`);
    await page.waitForSelector('.face-box');
    expect(await page.locator('.face-box').count()).toBe(photo.faces.length);
    const frame = await page.locator('.frame').boundingBox();
    const [face] = photo.faces;
    if (frame === null || face === undefined) throw new Error('the stage shows no picture');
    const lefts = await page
      .locator('.face-box')
      .evaluateAll((boxes) => boxes.map((box) => box.getBoundingClientRect().x));
    const wanted = frame.x + face.box.x * frame.width;
    expect(Math.min(...lefts.map((left) => Math.abs(left - wanted)))).toBeLessThan(2);
    expect(frame.width / frame.height).toBeCloseTo(photo.width / photo.height, 1);
    expect(complaints).toEqual([]);
  });

  it('goes from tile to photo and back to the same tile by keyboard alone', async () => {
    await page.goto(demo.url);
    await page.waitForSelector('.tile img');
    await page.locator('.tile a[tabindex="0"]').first().focus();
    const tile = await page.evaluate(() => document.activeElement?.id);
    await page.keyboard.press('Enter');
    await page.waitForSelector('.frame img');
    await page.keyboard.press('Escape');
    await page.waitForSelector('.tile img');
    await page.waitForFunction((id) => document.activeElement?.id === id, tile);
    expect(complaints).toEqual([]);
  });

  it('names a face on its photo, and the people page shows the name', async () => {
    const photo = await photoWithFaces();
    await page.goto(`${demo.url}/photos/${photo.id}`);
    await page.locator('.face-unknown').first().click();
    await page.locator('.face-form input').fill('Ada Lovelace');
    await page.keyboard.press('Enter');
    await page.locator('.face-named', { hasText: 'Ada Lovelace' }).waitFor();
    await page.goto(`${demo.url}/people`);
    await page.locator('.person-card .card-name', { hasText: 'Ada Lovelace' }).waitFor();
    expect(complaints).toEqual([]);
  });

  it('finds the person of a selfie', async () => {
    const photo = await photoWithFaces();
    const face = photo.faces.find(isGrouped);
    const crop = await demo.bytes(`/faces/${face?.id ?? ''}/crop`);
    await page.goto(`${demo.url}/people`);
    await page.waitForSelector('.person-card');
    const picture = { name: 'selfie.webp', mimeType: 'image/webp', buffer: crop };
    await page.locator('[data-testid=selfie-input]').first().setInputFiles(picture);
    await page.locator('.selfie-person').waitFor({ timeout: 45_000 });
    expect(await page.locator('.selfie-person').getAttribute('href')).toBe(`/people/${face?.personId ?? ''}`);
    await page.locator(`#photo-${photo.id}`).waitFor();
    expect(complaints).toEqual([]);
  }, 60_000);

  it('counts on the cache page what the API counts', async () => {
    await page.goto(`${demo.url}/cache`);
    await page.waitForSelector('.stat-tile');
    expect(await page.locator('.stat-tile').count()).toBe(8);
    const stats = await demo.json<CacheStats>('/cache/stats');
    await page
      .locator('.stat-tile', { hasText: 'Hits' })
      .getByText(stats.hits.toLocaleString('en'), { exact: true })
      .waitFor();
    expect(complaints).toEqual([]);
  });

  it.each(['photo', 'album', 'person'])('says that a %s is not here, with a way on', async (what) => {
    const section = { photo: 'photos', album: 'albums', person: 'people' }[what] ?? '';
    for (const id of ['00000000-0000-4000-8000-000000000000', 'xyz']) {
      await page.goto(`${demo.url}/${section}/${id}`);
      const state = page.getByRole('alert').filter({ hasText: `This ${what} is not here` });
      await state.waitFor();
      expect(await state.getByRole('link').count()).toBe(1);
      expect(await page.getByText('Try again').count()).toBe(0);
      expect((await state.boundingBox())?.height).toBeLessThan(300);
    }
  });

  it('shows in the search field what the address asks for, and keeps a long text inside the page', async () => {
    await page.goto(`${demo.url}/search?q=lena`);
    const field = page.getByRole('combobox');
    expect(await field.inputValue()).toBe('lena');
    await page.goto(`${demo.url}/search?q=${'w'.repeat(900)}`);
    await page.getByText('Nothing found').waitFor();
    const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(over).toBeLessThanOrEqual(0);
    expect(complaints).toEqual([]);
  });

  it('says where a picture is that is here already, and offers no retry of a file that is none', async () => {
    const [photo] = await allPhotos();
    const picture = await demo.bytes(`/photos/${photo?.id ?? ''}/image?size=original`);
    await page.goto(`${demo.url}/upload`);
    await page.locator('.file-picker input').setInputFiles([
      { name: 'again.jpg', mimeType: 'image/jpeg', buffer: picture },
      { name: 'text.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('This is no picture.') },
    ]);
    await page.getByRole('button', { name: 'Upload 2 files' }).click();
    const again = page.locator('.upload-list li', { hasText: 'again.jpg' });
    await again.getByRole('link', { name: 'Party' }).waitFor();
    const text = page.locator('.upload-list li', { hasText: 'text.jpg' });
    await text.getByText('not a JPEG, PNG or WebP').waitFor();
    expect(await text.getByRole('button').count()).toBe(0);
    expect(await text.getByRole('progressbar').count()).toBe(0);
  });

  it('fits a window of 320 pixels on every page', async () => {
    const photo = await photoWithFaces();
    const people = await demo.json<Person[]>('/people');
    const pages = [
      '/',
      '/albums',
      `/albums/${photo.albumId}`,
      `/photos/${photo.id}`,
      '/people',
      '/upload',
      '/cache',
    ];
    await page.setViewportSize({ width: 320, height: 640 });
    for (const path of [...pages, `/people/${people[0]?.id ?? ''}`, '/search?q=a']) {
      await page.goto(demo.url + path);
      await page.waitForLoadState('load');
      const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(over, path).toBeLessThanOrEqual(0);
    }
  });
});
