import { afterAll, expect, it } from 'vitest';
import { DetectorBusyError, FaceDetector } from '../src/faces/face-detector.ts';
import { decodeForFaces } from '../src/faces/face-pixels.ts';
import { samplePath } from './demo-fixture.ts';

const detector = new FaceDetector({ maxWaiting: 2 });
afterAll(() => detector.close());

const landscape = samplePath('black-canyon.jpg');

it('finds the same faces in a picture each time, and none in a landscape', async () => {
  const first = await detector.detect(await decodeForFaces(samplePath('friends-4.jpg')));
  const second = await detector.detect(await decodeForFaces(samplePath('friends-4.jpg')));
  expect(first).toHaveLength(4);
  expect(second).toEqual(first);
  expect(first[0]?.embedding).toHaveLength(128);
  expect(await detector.detect(await decodeForFaces(landscape))).toEqual([]);
}, 60_000);

it('lets a bounded number of pictures wait, and refuses the rest', async () => {
  const pictures = await Promise.all(Array.from({ length: 20 }, () => decodeForFaces(landscape)));
  const outcomes = await Promise.allSettled(pictures.map((pixels) => detector.detect(pixels)));
  const refused = outcomes.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
  // One is looked at, two wait.
  expect(refused).toHaveLength(17);
  expect(refused.every(({ reason }) => reason instanceof DetectorBusyError)).toBe(true);
}, 60_000);

it('fails what waits when it is closed', async () => {
  const closing = new FaceDetector();
  const pictures = await Promise.all([decodeForFaces(landscape), decodeForFaces(landscape)]);
  const waiting = Promise.allSettled(pictures.map((pixels) => closing.detect(pixels)));
  await closing.close();
  expect((await waiting).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await expect(closing.detect(await decodeForFaces(landscape))).rejects.toThrow('closed');
});
