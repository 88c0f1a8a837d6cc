/**
 * Unpacks the distribution's redis-server into a cache folder, without root and without installing it.
 *
 * `apt-get download` and `dpkg -x` into a folder of our own, then one rename into place: whoever loses the
 * race between two processes finds the folder there and throws its own away. The system's package lists are
 * tried first; where they are empty or too old, private ones are fetched beside them, so that neither root
 * nor apt's lock is needed and the machine stays as it was.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const PACKAGES = ['redis-server', 'redis-tools'] as const;

/** What has to be known to run the unpacked server. */
export interface UnpackedRedis {
  readonly path: string;
  readonly env: { readonly LD_LIBRARY_PATH: string };
}

/**
 * @param verify rejects when the unpacked server does not run: then nothing is kept.
 */
export async function fetchRedisFromApt(
  verify: (unpacked: UnpackedRedis) => Promise<unknown>,
): Promise<UnpackedRedis> {
  if (process.platform !== 'linux') throw new Error('apt exists on Debian and Ubuntu only');
  const folder = await cacheFolder();
  const home = join(folder, `redis-${process.arch}`);
  if (!(await exists(home))) await unpackInto(home, folder, verify);
  return describe(home);
}

async function unpackInto(
  home: string,
  folder: string,
  verify: (unpacked: UnpackedRedis) => Promise<unknown>,
): Promise<void> {
  const work = await mkdtemp(join(folder, 'redis-unpack-'));
  try {
    await downloadPackages(work);
    const root = join(work, 'root');
    await mkdir(root);
    for (const file of await readdir(work)) {
      if (file.endsWith('.deb')) await run('dpkg', ['-x', join(work, file), root]);
    }
    await verify(await describe(root));
    await rename(root, home).catch(async (error: unknown) => {
      // Another process was first: its folder was verified too.
      if (!(await exists(home))) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function downloadPackages(work: string): Promise<void> {
  const fromSystemLists = await downloadWith([], work).then(
    () => true,
    () => false,
  );
  if (fromSystemLists) return;
  const lists = join(work, 'lists');
  const cache = join(work, 'cache');
  await mkdir(join(lists, 'partial'), { recursive: true });
  await mkdir(join(cache, 'archives', 'partial'), { recursive: true });
  const own = ['-o', `Dir::State::lists=${lists}`, '-o', `Dir::Cache=${cache}`];
  await apt('apt-get', [...own, 'update'], work);
  await downloadWith(own, work);
}

async function downloadWith(options: readonly string[], work: string): Promise<void> {
  const closure = await apt(
    'apt-cache',
    [
      ...options,
      'depends',
      '--recurse',
      ...['recommends', 'suggests', 'conflicts', 'breaks', 'replaces', 'enhances'].map(
        (kind) => `--no-${kind}`,
      ),
      ...PACKAGES,
    ],
    work,
  );
  // Names at the start of a line are packages; only shared libraries that the machine lacks are of use here.
  const libraries = closure.split('\n').filter((line) => /^lib[\w.+-]+$/.test(line) && line !== 'libc6');
  const missing: string[] = [];
  for (const name of new Set(libraries)) {
    if (!(await isInstalled(name))) missing.push(name);
  }
  await apt('apt-get', [...options, 'download', ...PACKAGES, ...missing], work);
}

async function apt(command: string, args: readonly string[], cwd: string): Promise<string> {
  // As root apt would drop to a user that cannot write into our folder.
  const all = ['-o', 'APT::Sandbox::User=root', '-o', 'Acquire::Retries=3', ...args];
  const { stdout } = await run(command, all, { cwd, timeout: 180_000, maxBuffer: 64 * 1024 * 1024 });
  return stdout;
}

async function isInstalled(name: string): Promise<boolean> {
  const status = await run('dpkg-query', ['-W', '-f', '${db:Status-Status}', name]).then(
    ({ stdout }) => stdout,
    () => '',
  );
  return status === 'installed';
}

async function describe(root: string): Promise<UnpackedRedis> {
  const folders: string[] = [];
  for (const parent of [join(root, 'usr', 'lib'), join(root, 'lib')]) {
    const names = await readdir(parent).catch(() => []);
    folders.push(...names.filter((name) => name.includes('-linux-gnu')).map((name) => join(parent, name)));
  }
  const inherited = process.env['LD_LIBRARY_PATH'];
  if (inherited !== undefined && inherited !== '') folders.push(inherited);
  return { path: join(root, 'usr', 'bin', 'redis-server'), env: { LD_LIBRARY_PATH: folders.join(':') } };
}

/** The first of these that can be written: it outlives the checkout, and a fresh clone is fast. */
async function cacheFolder(): Promise<string> {
  const parents = [process.env['XDG_CACHE_HOME'], join(homedir(), '.cache'), tmpdir()];
  for (const parent of parents) {
    if (parent === undefined || parent === '') continue;
    const folder = join(parent, 'keepsake');
    const made = await mkdir(folder, { recursive: true }).then(
      () => true,
      () => false,
    );
    if (made) return folder;
  }
  throw new Error('no folder to keep the server in: set XDG_CACHE_HOME to one that can be written');
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
