import { readFile } from 'node:fs/promises';
import sharp, { type Exif } from 'sharp';
import { expect, it } from 'vitest';
import { readExifDate } from '../src/photos/exif-date.ts';
import { samplePath } from './demo-fixture.ts';

async function exifOf(exif: Exif): Promise<Uint8Array> {
  const photo = sharp({ create: { width: 8, height: 8, channels: 3, background: '#abc' } }).withExif(exif);
  const { exif: block } = await sharp(await photo.jpeg().toBuffer()).metadata();
  if (block === undefined) throw new Error('the photo has no EXIF block');
  return block;
}

it('reads when a camera took a photo', async () => {
  const { exif } = await sharp(await readFile(samplePath('friends-6.jpg'))).metadata();
  expect(exif && readExifDate(exif)).toEqual(new Date('2018-05-05T19:42:10Z'));
});

it('heeds the zone where it is given, and takes the date of the file where nothing else is', async () => {
  const zoned = await exifOf({
    IFD2: { DateTimeOriginal: '2024:02:29 10:00:00', OffsetTimeOriginal: '+02:00' },
  });
  expect(readExifDate(zoned)).toEqual(new Date('2024-02-29T08:00:00Z'));
  const plain = await exifOf({ IFD0: { DateTime: '2020:01:02 03:04:05' } });
  expect(readExifDate(plain)).toEqual(new Date('2020-01-02T03:04:05Z'));
});

it('has no date for one that is none', async () => {
  expect(readExifDate(await exifOf({ IFD0: { DateTime: '0000:00:00 00:00:00' } }))).toBeUndefined();
  expect(readExifDate(await exifOf({ IFD0: { Copyright: 'me' } }))).toBeUndefined();
});

it('survives a block that is cut or altered at any byte', async () => {
  const block = await exifOf({ IFD2: { DateTimeOriginal: '2024:02:29 10:00:00' } });
  for (let i = 0; i < block.length; i += 1) {
    expect(() => readExifDate(block.slice(0, i))).not.toThrow();
    const altered = Uint8Array.from(block);
    altered[i] = 255;
    expect(() => readExifDate(altered)).not.toThrow();
  }
});
