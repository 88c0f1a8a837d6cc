import { describe, expect, it } from 'vitest';
import { describePlace, parseRedisPlace } from './place.ts';

describe('a URL of several hosts', () => {
  it('names nodes of a cluster', () => {
    const place = parseRedisPlace('rediss+cluster://ada:p%40ss@a.example,[::1]:7000,10.0.0.1:7001/');
    expect(place).toEqual({
      kind: 'cluster',
      nodes: [
        { host: 'a.example', port: 6_379 },
        { host: '::1', port: 7_000 },
        { host: '10.0.0.1', port: 7_001 },
      ],
      username: 'ada',
      password: 'p@ss',
      tls: true,
    });
    expect(describePlace(place)).toBe('rediss+cluster://a.example:6379,[::1]:7000,10.0.0.1:7001');
  });

  it('names sentinels, the primary and a database', () => {
    const place = parseRedisPlace('redis+sentinel://:a:b@one,two:5000/my%20primary/3');
    expect(place).toEqual({
      kind: 'sentinel',
      sentinels: [
        { host: 'one', port: 26_379 },
        { host: 'two', port: 5_000 },
      ],
      name: 'my primary',
      db: 3,
      username: '',
      password: 'a:b',
      tls: false,
    });
    expect(describePlace(place)).toBe('redis+sentinel://one:26379,two:5000/my%20primary/3');
  });

  it('of one host means what it did', () => {
    expect(parseRedisPlace('redis://h/2')).toMatchObject({ kind: 'server', host: 'h', port: 6_379, db: 2 });
    expect(describePlace(parseRedisPlace('rediss://u:p@[::1]:7/1'))).toBe('rediss://[::1]:7/1');
  });

  it.each([
    ['redis+cluster://', 'malformed'],
    ['redis+cluster://a,,b', 'a host'],
    ['redis+cluster://a:0', 'a host'],
    ['redis+cluster://a/1', 'no databases'],
    ['redis+cluster://u:p?x@a', 'malformed'],
    ['redis+cluster://u:hunter2%@a', '%-encoding'],
    ['redis+sentinel://a', 'name the primary'],
    ['redis+sentinel://a/b/c', 'database number'],
    ['redis+sentinel://a/b/0/x', 'name the primary'],
    [`redis+cluster://${Array.from({ length: 101 }, () => 'a').join(',')}`, 'more than 100'],
    ['redis+other://a', 'does not begin with redis://'],
    [undefined, 'not a string'],
  ])('%s is refused, without being repeated', (url, problem) => {
    const refused = (): unknown => parseRedisPlace(url, 'REDIS_URL', 'ERR_ENV');
    expect(refused).toThrow(
      expect.objectContaining({
        code: 'ERR_ENV',
        message: expect.stringContaining(problem) as string,
      }) as Error,
    );
    expect(refused).not.toThrow(/hunter2/);
  });
});
