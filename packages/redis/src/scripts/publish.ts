import type { Connection } from '../servers.ts';
import { Script } from '../script.ts';

/**
 * Publishes on the node of a cluster that serves a key, and on no other: PUBLISH alone names no key, and a node that
 * has lost the slot meanwhile would take it and pass it on when it may.
 *
 * KEYS 1 the key; ARGV 1 channel, 2 message
 */
const script = new Script(`
redis.call('EXISTS', KEYS[1])
return redis.call('PUBLISH', ARGV[1], ARGV[2])
`);

export const publish = async (
  connection: Connection,
  key: string,
  channel: string,
  message: Buffer,
): Promise<void> => {
  await script.run(connection, 'publish', [key], [channel, message]);
};
