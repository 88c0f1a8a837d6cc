import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keepsake-app-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Runs an app as `pnpm demo` does, sends a signal once it has printed a line, and gives what came of it. */
async function run(app: string, signal?: NodeJS.Signals): Promise<{ code: unknown; output: string }> {
  const appFile = join(folder, 'app.mjs');
  await writeFile(appFile, app);
  const module = fileURLToPath(new URL('./run-app.ts', import.meta.url));
  const script = `import { runApp } from ${JSON.stringify(module)};
    process.exitCode = await runApp([${JSON.stringify(appFile)}]);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (text: Buffer) => {
    if (output === '' && signal !== undefined) child.kill(signal);
    output += text.toString();
  });
  const [code] = (await once(child, 'close')) as [unknown];
  return { code, output };
}

test('the exit code of the app is the exit code of the command', async () => {
  expect(await run(`console.log('hello'); process.exitCode = 3;`)).toEqual({ code: 3, output: 'hello\n' });
});

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  '%s reaches the app once, which closes in its own time',
  async (signal) => {
    const app = `process.on('${signal}', () => {
      console.log('told');
      setTimeout(() => { console.log('closed'); process.exit(0); }, 100);
    });
    console.log('ready');
    setInterval(() => {}, 1000);`;
    expect(await run(app, signal)).toEqual({ code: 0, output: 'ready\ntold\nclosed\n' });
  },
);

/** Starts an app as the script of a package manager, which runs `wrap` around it, and gives the pids of both. */
async function startScript(name: string): Promise<{ manager: number; script: number; app: number }> {
  const appFile = join(folder, 'served.mjs');
  const scriptFile = join(folder, 'script.mjs');
  const module = fileURLToPath(new URL('./run-app.ts', import.meta.url));
  await writeFile(appFile, `console.log(process.ppid, process.pid); setInterval(() => {}, 1000);`);
  await writeFile(
    scriptFile,
    `import { runApp } from ${JSON.stringify(module)}; await runApp([${JSON.stringify(appFile)}]);`,
  );
  // A shell in between, in a process group of its own, as pnpm has it.
  const manager = `process.title = ${JSON.stringify(name)};
    require('node:child_process').spawn('/bin/sh', ['-c', '"$0" "$1"; exit $?', process.execPath,
    ${JSON.stringify(scriptFile)}], { stdio: 'inherit', detached: true });`;
  const child = spawn(process.execPath, ['-e', manager], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const [script = 0, app = 0] = line.toString().split(' ').map(Number);
  if (child.pid === undefined) throw new Error('the package manager did not start');
  return { manager: child.pid, script, app };
}

async function waitForEnd(pid: number): Promise<void> {
  await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'), { timeout: 15_000 });
}

test('an app ends when the package manager that ran its script is gone', async () => {
  const { manager, script, app } = await startScript('npm exec pnpm@12 demo');
  process.kill(manager, 'SIGKILL');
  await waitForEnd(app);
  await waitForEnd(script);
});

test('an app ends when the command that ran it was killed outright', async () => {
  const { script, app } = await startScript('pnpm demo');
  process.kill(script, 'SIGKILL');
  await waitForEnd(app);
});

test('an app that dies of a signal gives the code of a shell', async () => {
  expect(await run(`process.kill(process.pid, 'SIGKILL');`)).toEqual({ code: 137, output: '' });
});
