import assert from 'node:assert/strict';
import { createCache } from '@keepsake/core';

const cache = createCache();
await cache.set('k', 'what is there');
assert.equal(await cache.get('k'), 'what an example claims');
console.log('pattern 0: never said, ok');
