import { isCacheError, toMs } from '@keepsake/core';
import { parseArgs } from 'node:util';
import { DEFAULT_CHANNEL } from '../bus/redis-bus.ts';
import { parseRedisPlace } from '../place.ts';
import { suggestion } from '@keepsake/core/words';
import { DEFAULT_PREFIX } from '../options.ts';
import { Misuse } from './misuse.ts';

export type CommandName = 'stats' | 'get' | 'keys' | 'tags' | 'clear' | 'doctor';

type OwnOption = 'sample' | 'full' | 'limit' | 'yes' | 'dry-run' | 'channel';

/** What follows a command, and the options that only it has. */
interface Grammar {
  readonly operand: '' | 'KEY' | 'PATTERN';
  readonly options: readonly OwnOption[];
}

const COMMANDS: Readonly<Record<CommandName, Grammar>> = {
  stats: { operand: '', options: ['sample'] },
  get: { operand: 'KEY', options: ['full'] },
  keys: { operand: 'PATTERN', options: ['limit'] },
  tags: { operand: 'PATTERN', options: ['limit'] },
  clear: { operand: 'PATTERN', options: ['yes', 'dry-run', 'channel'] },
  doctor: { operand: '', options: [] },
};

/** A command line, checked. */
export interface Arguments {
  readonly command: CommandName;
  readonly operand: string | undefined;
  readonly url: string;
  readonly prefix: string;
  /** From the outermost to the innermost. */
  readonly namespaces: readonly string[];
  /** Of the bus. */
  readonly channel: string;
  readonly isJson: boolean;
  readonly timeoutMs: number;
  readonly limit: number;
  readonly sample: number;
  readonly isFull: boolean;
  readonly isYes: boolean;
  readonly isDryRun: boolean;
  /** In base64, from KEEPSAKE_ENCRYPT_KEYS: on a command line others on the machine would see them. */
  readonly encryptKeys: readonly string[];
}

/** What was asked for: help (of one command), or a command. */
export type Request = { readonly help: CommandName | 'all' } | Arguments;

export type Variables = Readonly<Record<string, string | undefined>>;

const DEFAULT_TIMEOUT = '5s';
const DEFAULT_SAMPLE = 10_000;
const DEFAULT_TAGS = 100;

const OPTIONS = {
  url: { type: 'string' },
  prefix: { type: 'string', default: DEFAULT_PREFIX },
  namespace: { type: 'string', multiple: true, default: [] as string[] },
  json: { type: 'boolean', default: false },
  timeout: { type: 'string', default: DEFAULT_TIMEOUT },
  help: { type: 'boolean', short: 'h', default: false },
  limit: { type: 'string' },
  sample: { type: 'string' },
  full: { type: 'boolean', default: false },
  yes: { type: 'boolean', short: 'y', default: false },
  'dry-run': { type: 'boolean', default: false },
  channel: { type: 'string' },
} as const;

/** @throws Misuse that says what to type instead, and repeats no value that may be secret. */
export const readArguments = (args: readonly string[], env: Variables): Request => {
  const { values, positionals } = parse(args);
  const [name, operand, ...more] = positionals;
  if (values.help || (name === undefined && args.length === 0) || name === 'help') {
    const asked = name === 'help' ? operand : name;
    return { help: isCommand(asked) ? asked : 'all' };
  }
  if (name === undefined) throw new Misuse(`which command? one of ${Object.keys(COMMANDS).join(', ')}`);
  if (!isCommand(name)) {
    throw new Misuse(`there is no command ${shown(name)}; there are ${Object.keys(COMMANDS).join(', ')}`);
  }
  const own = COMMANDS[name];
  if (more.length > 0 || (operand !== undefined && own.operand === '')) {
    throw new Misuse(
      `${name} takes ${own.operand === '' ? 'nothing' : `one ${own.operand}`} after it (quote it?)`,
    );
  }
  if (!operand && own.operand === 'KEY') throw new Misuse(`${name}: which ${own.operand}?`);
  refuseForeign(name, values);
  const url = values.url ?? env['REDIS_URL'];
  if (url === undefined || url === '')
    throw new Misuse('where is the server? --url redis://host:6379, or REDIS_URL');
  asMisuse(() => parseRedisPlace(url, values.url === undefined ? 'REDIS_URL' : '--url'));
  return {
    command: name,
    operand,
    url,
    prefix: values.prefix,
    namespaces: values.namespace,
    channel: values.channel ?? DEFAULT_CHANNEL,
    isJson: values.json,
    timeoutMs: asMisuse(() => toMs(values.timeout as '5s', '--timeout')),
    limit: wholeNumber('limit', values.limit) ?? (name === 'tags' ? DEFAULT_TAGS : Infinity),
    sample: wholeNumber('sample', values.sample) ?? DEFAULT_SAMPLE,
    isFull: values.full,
    isYes: values.yes,
    isDryRun: values['dry-run'],
    encryptKeys: (env['KEEPSAKE_ENCRYPT_KEYS'] ?? '').split(/[\s,]+/).filter((key) => key !== ''),
  };
};

/** Runs what reads an option; its CacheError becomes misuse. */
export const asMisuse = <T>(read: () => T): T => {
  try {
    return read();
  } catch (error) {
    if (isCacheError(error)) throw new Misuse(error.message);
    throw error;
  }
};

const parse = (args: readonly string[]) => {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    const message = error instanceof Error ? error.message : 'the options are wrong';
    // The first sentence names the option; the rest explains node:util.
    const problem = message.split(/\. |\n/)[0] ?? message;
    const typed = /^Unknown option '--([\w-]+)/.exec(problem)?.[1];
    const meant =
      typed === undefined
        ? ''
        : suggestion(
            `--${typed}`,
            Object.keys(OPTIONS).map((name) => `--${name}`),
          );
    throw new Misuse(problem + meant);
  }
};

type Values = ReturnType<typeof parse>['values'];

const isCommand = (name: string | undefined): name is CommandName =>
  name !== undefined && Object.hasOwn(COMMANDS, name);

/** An option of another command is a mistake, not a wish to ignore. */
const refuseForeign = (name: CommandName, values: Values): void => {
  const own: readonly string[] = COMMANDS[name].options;
  for (const option of ['sample', 'full', 'limit', 'yes', 'dry-run', 'channel'] as const) {
    const isGiven = values[option] !== undefined && values[option] !== false;
    if (isGiven && !own.includes(option)) throw new Misuse(`${name} has no option --${option}`);
  }
};

const wholeNumber = (name: string, text: string | undefined): number | undefined => {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new Misuse(`--${name}: expected a whole number from 1`);
  return Number(text);
};

/** A URL in the place of a command may hold a password. */
const shown = (text: string): string => (text.includes(':') ? 'like that' : `"${text.slice(0, 40)}"`);
