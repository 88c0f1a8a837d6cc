import { createHash } from 'node:crypto';
import type { Digest } from '../digest.ts';

/** At once, and several times as fast as Web Crypto for short texts. */
export const nodeDigest: Digest & { bytes(content: Uint8Array): string } = {
  hex: (text) => createHash('sha256').update(text).digest('hex'),
  bytes: (content) => createHash('sha256').update(content).digest('base64url'),
};
