import { randomFillSync } from 'node:crypto';

const TOKEN_BYTES = 16;
/** Random bytes are drawn in bulk: a system call per token would cost more than the rest of an acquire. */
const pool: Buffer = Buffer.alloc(256 * TOKEN_BYTES);
let used = pool.length;

/** 128 random bits in hex: who holds it holds the lock. */
export const createToken = (): string => {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const token = pool.toString('hex', used, used + TOKEN_BYTES);
  // A token handed out is not kept here.
  pool.fill(0, used, used + TOKEN_BYTES);
  used += TOKEN_BYTES;
  return token;
};
