import { CacheError, type Clock, type Duration, systemClock, toMs } from '@keepsake/core';
import { type ClientSource } from './client.ts';
import { DEFAULT_COMMAND_TIMEOUT_MS } from './connection.ts';
import { refuseUnknown, type Words } from '@keepsake/core/words';
import { binaryCodec } from './wire/binary-codec.ts';
import type { Codec } from './wire/codec.ts';
import { type CompressOptions, resolveCompress } from './wire/compression.ts';
import { type EncryptOptions, Keyring } from './wire/encryption.ts';
import { jsonCodec } from './wire/json-codec.ts';
import { Values } from './wire/values.ts';

export interface RedisBackendOptions extends ClientSource {
  /** Every Redis key begins with it; at most 128 bytes. Default 'ks:'. */
  readonly prefix?: string;
  /** How values become bytes. Default 'binary'. Entries of the other built-in codec stay readable. */
  readonly codec?: 'binary' | 'json' | Codec;
  /** Compresses encoded values of `minBytes` and more, where that makes them smaller. Default: none. */
  readonly compress?: CompressOptions;
  /** Encrypts values with AES-256-GCM; what is not encrypted is refused then. Counters are not encrypted. */
  readonly encrypt?: EncryptOptions;
  /** Every command settles within it. Default 0.25 s. */
  readonly commandTimeout?: Duration;
  readonly clock?: Clock;
}

export interface ResolvedRedisOptions {
  readonly prefix: string;
  readonly values: Values;
  readonly commandTimeoutMs: number;
  readonly clock: Clock;
}

export const DEFAULT_PREFIX = 'ks:';

export const BACKEND_WORDS: Words<RedisBackendOptions> = {
  url: true,
  client: true,
  prefix: true,
  codec: true,
  compress: true,
  encrypt: true,
  commandTimeout: true,
  clock: true,
};

const BUILT_IN = { binary: binaryCodec, json: jsonCodec } as const;

/** Options with every default filled in. Misuse throws ERR_OPTION or ERR_TTL. */
export const resolveOptions = (options: RedisBackendOptions): ResolvedRedisOptions => {
  refuseUnknown('RedisBackend', options, BACKEND_WORDS);
  const codec = resolveCodec(options.codec ?? 'binary');
  const { commandTimeout } = options;
  return Object.freeze({
    prefix: options.prefix ?? DEFAULT_PREFIX,
    values: new Values({
      codec,
      codecs: new Map([binaryCodec, jsonCodec, codec].map((one) => [one.id, one])),
      compressFrom: resolveCompress(options.compress),
      keyring: options.encrypt === undefined ? undefined : new Keyring(options.encrypt),
    }),
    commandTimeoutMs:
      commandTimeout === undefined ? DEFAULT_COMMAND_TIMEOUT_MS : toMs(commandTimeout, 'commandTimeout'),
    clock: options.clock ?? systemClock,
  });
};

const resolveCodec = (codec: 'binary' | 'json' | Codec): Codec => {
  if (codec === 'binary' || codec === 'json') return BUILT_IN[codec];
  const { id, encode, decode } = codec ?? {};
  if (
    typeof encode !== 'function' ||
    typeof decode !== 'function' ||
    !Number.isInteger(id) ||
    id < 64 ||
    id > 255
  ) {
    throw new CacheError('ERR_OPTION', "codec: expected 'binary', 'json' or { id: 64..255, encode, decode }");
  }
  return codec;
};
