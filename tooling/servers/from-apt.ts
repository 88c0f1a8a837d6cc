/**
 * Unpacks a server of the distribution into a cache folder, without root and without installing it.
 *
 * `apt-get download` and `dpkg -x` into a folder of our own, then one rename into place: whoever loses the
 * race between two processes finds the folder there and throws its own away. The system's package lists are
 * tried first; where they are empty or too old, private ones are fetched beside them, so that neither root
 * nor apt's lock is needed and the machine stays as it was.
 */
import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What is fetched. */
export interface AptSource {
  /** Of its folder. */
  readonly name: string;
  readonly packages: readonly string[];
  /** Packages they depend on that are fetched too, besides the libraries that the machine lacks. */
  readonly also?: RegExp;
  /** Packages that are of no use here; of those that hold no libraries nothing but `also` is fetched, anyway. */
  readonly without?: RegExp;
  /** Fetches what installing it would, libraries or not, instead of following what it may depend on. */
  readonly asInstalled?: boolean;
  /** Folders of libraries beside the usual ones, inside of those. */
  readonly libraries?: readonly string[];
  /** It is run by another user than this one, who must be able to read it. */
  readonly isForOthers?: boolean;
}

/** What has to be known to run what was unpacked. */
export interface Unpacked {
  /** Holds `usr`. */
  readonly root: string;
  readonly env: { readonly LD_LIBRARY_PATH: string };
}

/**
 * @param verify rejects when the unpacked server does not run: then nothing is kept.
 */
export async function fetchFromApt(
  source: AptSource,
  verify: (unpacked: Unpacked) => Promise<unknown>,
): Promise<Unpacked> {
  if (process.platform !== 'linux') throw new Error('apt exists on Debian and Ubuntu only');
  const folder = await cacheFolder(source.isForOthers === true);
  const home = homeOf(source, folder);
  if (!(await exists(home))) await unpackInto(home, folder, source, verify);
  return describe(home, source);
}

/** Whether it was fetched before. */
export async function isUnpacked(source: AptSource): Promise<boolean> {
  return (
    process.platform === 'linux' && exists(homeOf(source, await cacheFolder(source.isForOthers === true)))
  );
}

const homeOf = ({ name }: AptSource, folder: string): string => join(folder, `${name}-${process.arch}`);

async function unpackInto(
  home: string,
  folder: string,
  source: AptSource,
  verify: (unpacked: Unpacked) => Promise<unknown>,
): Promise<void> {
  const work = await mkdtemp(join(folder, `${source.name}-unpack-`));
  try {
    await downloadPackages(work, source);
    const root = join(work, 'root');
    await mkdir(root);
    for (const file of await readdir(work)) {
      if (file.endsWith('.deb')) await run('dpkg', ['-x', join(work, file), root]);
    }
    // mkdtemp keeps others out; what is verified may be run by one of them.
    if (source.isForOthers === true) await chmod(work, 0o755);
    await verify(await describe(root, source));
    await rename(root, home).catch(async (error: unknown) => {
      // Another process was first: its folder was verified too.
      if (!(await exists(home))) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function downloadPackages(work: string, source: AptSource): Promise<void> {
  const fromSystemLists = await downloadWith([], work, source).then(
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
  await downloadWith(own, work, source);
}

async function downloadWith(options: readonly string[], work: string, source: AptSource): Promise<void> {
  const names = source.asInstalled
    ? await toInstall(options, work, source)
    : await toRun(options, work, source);
  await apt('apt-get', [...options, 'download', ...names], work);
}

/** What the machine's own installer would add. */
async function toInstall(
  options: readonly string[],
  work: string,
  { packages, without }: AptSource,
): Promise<string[]> {
  const plan = await apt(
    'apt-get',
    [...options, '--simulate', '--no-install-recommends', 'install', ...packages],
    work,
  );
  const names = [...plan.matchAll(/^Inst (\S+)/gm)].map(([, name = '']) => name);
  const wanted = names.filter((name) => without?.test(name) !== true);
  return [...new Set([...packages, ...wanted])];
}

/** It, and the libraries that the machine lacks. */
async function toRun(
  options: readonly string[],
  work: string,
  { packages, also, without }: AptSource,
): Promise<string[]> {
  const closure = await apt(
    'apt-cache',
    [
      ...options,
      'depends',
      '--recurse',
      ...['recommends', 'suggests', 'conflicts', 'breaks', 'replaces', 'enhances'].map(
        (kind) => `--no-${kind}`,
      ),
      ...packages,
    ],
    work,
  );
  // Names at the start of a line are packages; only shared libraries that the machine lacks are of use here.
  const names = new Set(closure.split('\n'));
  const libraries = [...names].filter(
    (name) => /^lib[\w.+-]+$/.test(name) && name !== 'libc6' && without?.test(name) !== true,
  );
  const more = [...names].filter((name) => also?.test(name) === true);
  const missing: string[] = [];
  for (const name of libraries) {
    if (!(await isInstalled(name))) missing.push(name);
  }
  return [...packages, ...more, ...missing];
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

async function describe(root: string, { libraries = [] }: AptSource): Promise<Unpacked> {
  const folders: string[] = [];
  for (const parent of [join(root, 'usr', 'lib'), join(root, 'lib')]) {
    const names = await readdir(parent).catch(() => []);
    folders.push(...names.filter((name) => name.includes('-linux-gnu')).map((name) => join(parent, name)));
  }
  folders.push(...folders.flatMap((folder) => libraries.map((name) => join(folder, name))));
  const inherited = process.env['LD_LIBRARY_PATH'];
  if (inherited !== undefined && inherited !== '') folders.push(inherited);
  return { root, env: { LD_LIBRARY_PATH: folders.join(':') } };
}

/** The first of these that can be written: it outlives the checkout, and a fresh clone is fast. */
async function cacheFolder(isForOthers: boolean): Promise<string> {
  // A home keeps others out.
  const parents = isForOthers
    ? [tmpdir()]
    : [process.env['XDG_CACHE_HOME'], join(homedir(), '.cache'), tmpdir()];
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
