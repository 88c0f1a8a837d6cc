/** Child processes of the scripts: output kept and shown on failure only, or passed straight through. */
import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { root } from './workspace.ts';

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Kills the command after this long; 10 minutes if not given. */
  readonly timeoutMs?: number;
  /** Shows the output as it comes instead of keeping it. */
  readonly isShown?: boolean;
}

/** A command that ended badly; the message holds what it printed. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: number | null;

  constructor(message: string, exitCode: number | null) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Resolves with stdout when the command ends with 0, else rejects with {@link CommandError}. */
export function runCommand(
  command: string,
  args: readonly string[],
  { cwd = root, env = {}, timeoutMs = 600_000, isShown = false }: CommandOptions = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, PATH: toolPath(), ...env },
      stdio: ['ignore', isShown ? 'inherit' : 'pipe', isShown ? 'inherit' : 'pipe'],
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    });
    let stdout = '';
    let all = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      all += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (all += text));
    child.on('error', (cause) => reject(new Error(`${command} could not be started`, { cause })));
    child.on('close', (code, signal) => {
      if (code === 0) resolve(stdout);
      else {
        const end = signal === null ? `ended with ${code}` : `was ended by ${signal} (limit ${timeoutMs} ms)`;
        const message = `${command} ${args.slice(0, 3).join(' ')} ${end}\n${all.trim()}`;
        reject(new CommandError(message, code));
      }
    });
  });
}

/** pnpm as this run was started with it, else the one on the PATH. */
export function runPnpm(args: readonly string[], options?: CommandOptions): Promise<string> {
  const started = process.env['npm_execpath'] ?? '';
  if (!/[\\/]pnpm(\.[cm]?js)?$/.test(started)) return runCommand('pnpm', args, options);
  if (/js$/.test(started)) return runCommand(process.execPath, [started, ...args], options);
  return runCommand(started, args, options);
}

/** The workspace's own tools first, also where a script is started without pnpm. */
function toolPath(): string {
  return [join(root, 'node_modules', '.bin'), process.env['PATH'] ?? ''].join(delimiter);
}
