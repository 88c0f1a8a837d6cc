/** Where the server that the whole test run shares is announced: see global-setup.ts. */
export const TEST_REDIS_URL_VARIABLE = 'KEEPSAKE_TEST_REDIS_URL';

declare module 'vitest' {
  interface ProvidedContext {
    redisUrl: string;
  }
}

/**
 * URL of the server that all tests of a run share. Tests use keys of their own (a random prefix) and never
 * FLUSHALL, CONFIG SET or pause it: whoever needs that starts a server with `startRedis()`.
 */
export function testRedisUrl(): string {
  const url = process.env[TEST_REDIS_URL_VARIABLE];
  if (url === undefined) throw new Error(`${TEST_REDIS_URL_VARIABLE} is not set: run the tests with vitest`);
  return url;
}
