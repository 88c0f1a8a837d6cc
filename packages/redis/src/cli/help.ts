import type { CommandName } from './arguments.ts';

const COMMON = `Options of every command
  --url URL         redis://[user:password@]host[:port][/db], rediss:// for TLS, redis+cluster://host,host,
                    redis+sentinel://host,host/primary-name; or the variable REDIS_URL,
                    which other users of the machine cannot see
  --prefix TEXT     what every Redis key of the cache begins with (default ks:)
  --namespace NAME  look below this namespace; again for one inside it
  --json            JSON on standard output, for scripts
  --timeout TIME    how long to wait for the server (default 5s)
  -h, --help        this, or the help of a command

Exit codes
  0 fine    1 found something (doctor: a warning; get: no such key; clear: you said no)
  2 misuse  3 the server cannot be reached or does not answer, or the output cannot be written`;

const ALL = `keepsake: look into a cache in Redis or Valkey, and look after it

Usage: keepsake <command> [options]

  stats            keys, memory and hit rate, by family of keys
  get KEY          one entry: its value, age, time left, tags, size
  keys [PATTERN]   the keys that match, as they come
  tags [PATTERN]   tags and the numbers of their last invalidations
  clear [PATTERN]  delete what matches; asks first
  doctor           what about this server does not suit a cache, and what to do

${COMMON}

Examples
  keepsake doctor --url redis://localhost:6379
  keepsake get photo:1 --namespace shop
  keepsake keys 'user:*:settings' --limit 20
  keepsake stats --json | jq .server.hitRate
`;

const OWN: Readonly<Record<CommandName, string>> = {
  stats: `keepsake stats: keys, memory and hit rate, by family of keys

Usage: keepsake stats [--sample N] [options]

  --sample N        keys to look at (default 10000); fewer than there are gives estimates

A family is what stands before the first colon of a key; keys of a namespace appear under its name.

Examples
  keepsake stats
  keepsake stats --namespace shop --sample 100000
`,
  get: `keepsake get: one entry, as a reader of the cache would see it

Usage: keepsake get KEY [--full] [options]

  --full            the whole value, however long

Nothing is changed by looking: no hit is counted, no damaged entry removed. Encrypted values are shown where
KEEPSAKE_ENCRYPT_KEYS holds their key (base64; several with commas between).

Examples
  keepsake get photo:1
  keepsake get 'user:7' --namespace shop --json | jq .value
`,
  keys: `keepsake keys: the keys that match a pattern

Usage: keepsake keys [PATTERN] [--limit N] [options]

  --limit N         stop after so many

PATTERN is a glob as of SCAN MATCH: * ? [ab] and \\ before what is meant literally. Quote it for the shell.
The keys come as SCAN finds them: in no order, and one may come twice. --json gives one string a line.

Examples
  keepsake keys 'photo:*' --limit 20
  keepsake keys | cut -d: -f1 | sort | uniq -c
`,
  tags: `keepsake tags: tags and the numbers of their last invalidations

Usage: keepsake tags [PATTERN] [--limit N] [options]

  --limit N         how many to show (default 100); all are counted

An entry is valid while the number it carries is not below those of its tags. A number is drawn from the server's
clock in microseconds, so it tells when; a tag that was never invalidated has the number of when it was first used.
Without --namespace a PATTERN looks at the tags of the root namespace, and no PATTERN shows those of all.

Examples
  keepsake tags 'album:*'
`,
  clear: `keepsake clear: delete what matches a pattern

Usage: keepsake clear [PATTERN] [--yes] [--dry-run] [options]

  -y, --yes         do not ask; needed where there is no terminal
  --dry-run         only count
  --channel TEXT    of the bus that the application listens on (default ks:~bus)

PATTERN is a glob as of SCAN MATCH; without one, all entries of the prefix and namespace. Locks are left alone.
Fills under way for what matches are refused, and other processes are told to drop it from memory, as by clear() of
the cache.

Examples
  keepsake clear 'photo:*' --dry-run
  keepsake clear --namespace shop --yes
`,
  doctor: `keepsake doctor: what about this server does not suit a cache, and what to do

Usage: keepsake doctor [options]

It writes one key, <prefix>~doctor:<random>, for a moment, to try what the user may do. Exit code 1 with any warning
or error.

Examples
  keepsake doctor
  keepsake doctor --json | jq '.findings[] | select(.severity != "ok")'
`,
};

export const helpOf = (command: CommandName | 'all'): string =>
  command === 'all' ? ALL : `${OWN[command]}\n${COMMON}\n`;
