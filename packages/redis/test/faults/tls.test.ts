import { makeCertificate, startRedis, startTlsFront } from '@keepsake/tooling/servers';
import { Redis } from 'ioredis';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FAIL_FAST } from '../../src/client.ts';
import { RedisBackend } from '../../src/index.ts';
import { item, look } from '../items.ts';
import { expectToHold } from './in-ci.ts';
import { brokenTls } from './tls.ts';

const DAY_MS = 86_400_000;

/** A backend whose client trusts the certificate, which is valid for so long. */
const trusting = async (validMs: number): Promise<RedisBackend> => {
  const server = await startRedis();
  const certificate = makeCertificate(new Date(Date.now() + validMs));
  const front = await startTlsFront(server.port, certificate);
  const client = new Redis({
    ...FAIL_FAST,
    host: 'localhost',
    port: front.port,
    tls: { ca: certificate.cert },
  });
  const backend = new RedisBackend({ client, commandTimeout: 5 });
  onTestFinished(async () => {
    await backend.close();
    client.disconnect();
    await front.close();
    await server.stop();
  });
  return backend;
};

describe('TLS', { timeout: 60_000 }, () => {
  it('fault-40: that does not come about is as a server that is not there', () => expectToHold(brokenTls));

  it('with a certificate that is trusted, and valid, is as good as without', async () => {
    const backend = await trusting(DAY_MS);
    await backend.connect(10_000);
    expect(await backend.setMany([item('k', 'v')])).toEqual(['stored']);
    expect(await look(backend, 'k')).toBe('v');
  });

  it('fault-40: with the same certificate, expired, is refused and says why', async () => {
    const backend = await trusting(-DAY_MS);
    await expect(backend.connect(1_000)).rejects.toMatchObject({
      code: 'ERR_CONNECT',
      message: expect.stringContaining('CERT_HAS_EXPIRED') as string,
    });
  });
});
