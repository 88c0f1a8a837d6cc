import { type CacheError, isCacheError } from '@keepsake/core';
import { type Arguments, type CommandName, readArguments, type Variables } from './arguments.ts';
import { clear } from './commands/clear.ts';
import { doctor } from './commands/doctor.ts';
import { get } from './commands/get.ts';
import { keys } from './commands/keys.ts';
import { stats } from './commands/stats.ts';
import { tags } from './commands/tags.ts';
import { helpOf } from './help.ts';
import { EXIT, type Exit, Misuse } from './misuse.ts';
import { Output } from './output.ts';
import { Session } from './session.ts';
import type { Terminal } from './terminal.ts';

type Command = (session: Session, args: Arguments, output: Output) => Promise<Exit>;

const COMMANDS: Readonly<Record<CommandName, Command>> = { stats, get, keys, tags, clear, doctor };

/** Runs what was typed; gives the exit code. Errors are one line each, without secrets. */
export const runCommandLine = async (
  args: readonly string[],
  env: Variables,
  terminal: Terminal,
): Promise<Exit> => {
  const problem = new Output({ ...terminal, write: terminal.writeError }, false);
  const say = (text: string): Promise<void> => problem.lines(`${problem.style('red', 'keepsake:')} ${text}`);
  try {
    const request = readArguments(args, env);
    if (!('command' in request)) {
      await terminal.write(helpOf(request.help));
      return EXIT.fine;
    }
    const session = new Session(request);
    try {
      return await runConnected(session, request, new Output(terminal, request.isJson));
    } catch (error) {
      if (!isCacheError(error)) throw error;
      if (MISUSE.has(error.code)) throw new Misuse(error.message);
      await say(`${session.address}: ${reasonOf(error)}`);
      return EXIT.unreachable;
    } finally {
      await session.close();
    }
  } catch (error) {
    if (!(error instanceof Misuse)) throw error;
    await say(error.message);
    await problem.note('keepsake --help shows how it is used');
    return EXIT.misuse;
  }
};

const MISUSE: ReadonlySet<string> = new Set(['ERR_KEY', 'ERR_PATTERN', 'ERR_OPTION', 'ERR_TTL']);

const runConnected = async (session: Session, args: Arguments, output: Output): Promise<Exit> => {
  await session.connect();
  return COMMANDS[args.command](session, args, output);
};

/** Without the name of the operation in front, which says little to who typed a command. */
const reasonOf = (error: CacheError): string => error.message.replace(/^redis(?: [\w -]+)?: /, '');
