/** Pattern 4: results of a search by selfie, for 10 to 30 minutes. */
import assert from 'node:assert/strict';
import { createPhotoCache, hashContent } from '@keepsake/entities';
import { openCache } from './cache.ts';

interface Match {
  readonly photoId: string;
  readonly distance: number;
}
interface Upload {
  readonly fileName: string;
  readonly bytes: Uint8Array;
}

const cache = await openCache('pattern-4');
const photos = createPhotoCache<{ search: { results: Match[] } }>(cache);
let searches = 0;
const facePipeline = async (image: Uint8Array): Promise<Match[]> => {
  searches += 1;
  return image.length > 3 ? [] : [{ photoId: `p${image[0]}`, distance: 0.2 }];
};

const searchBySelfie = async (userId: string, file: Upload): Promise<Match[]> => {
  // By what the image shows, not by its name: every phone calls it selfie.jpg. And by who asks: what a user may see
  // belongs into the query.
  const query = { userId, selfie: hashContent(file.bytes) };

  const cachedResults = await photos.getCachedSearchResults(query);
  if (cachedResults) return cachedResults;

  const results = await facePipeline(file.bytes);
  await photos.cacheSearchResults(query, results);
  return results;
};

const ofAda = { fileName: 'selfie.jpg', bytes: new Uint8Array([1, 2, 3]) };
const ofBob = { fileName: 'selfie.jpg', bytes: new Uint8Array([4, 5, 6]) };
const nobody = { fileName: 'wall.jpg', bytes: new Uint8Array([1, 2, 3, 4]) };
assert.equal((await searchBySelfie('u1', ofAda))[0]?.photoId, 'p1');
assert.equal((await searchBySelfie('u1', ofBob))[0]?.photoId, 'p4');
assert.equal((await searchBySelfie('u1', { ...ofAda, fileName: 'me.jpg' }))[0]?.photoId, 'p1');
assert.equal(searches, 2);

// "Nothing found" is a result too, and a hit the next time.
await searchBySelfie('u1', nobody);
await searchBySelfie('u1', nobody);
assert.equal(searches, 3);

const { selfie, ttl } = { selfie: hashContent(ofAda.bytes), ttl: '10m' } as const;
await photos.cacheSearchResults({ userId: 'u1', selfie }, [], { ttl }); // a TTL of one's own
await photos.invalidateSearchCache(); // all of them, whatever their number
assert.equal(await photos.getCachedSearchResults({ userId: 'u1', selfie }), undefined);

console.log('pattern 4: search results, ok');
await cache.close();
