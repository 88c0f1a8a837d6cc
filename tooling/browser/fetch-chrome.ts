/**
 * Unpacks Debian's Chromium, with what it needs and the machine lacks, into the cache folder of the test servers: some
 * 120 MB to load, 500 MB on the disk, nothing installed.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type AptSource, fetchFromApt, isUnpacked, type Unpacked } from '../servers/from-apt.ts';
import type { Chrome } from './find-chrome.ts';
import { FLAGS } from './flags.ts';

const run = promisify(execFile);

const SOURCE: AptSource = {
  name: 'chromium',
  packages: ['chromium'],
  asInstalled: true,
  // Drivers of graphics cards, desktops and init systems: of no use without a screen.
  without: /^(lib(llvm|z3|gl1-mesa|glx-mesa|drm-|systemd)|adwaita|systemd|dbus|x11-|xdg-|procps|dconf)/,
  libraries: ['pulseaudio'],
};

/** Whether `fetchChrome` has done its work before. */
export const isFetched = (): Promise<boolean> => isUnpacked(SOURCE);

export async function fetchChrome(): Promise<Chrome> {
  return chromeIn(await fetchFromApt(SOURCE, verify));
}

async function chromeIn({ root, env }: Unpacked): Promise<Chrome> {
  const fonts = join(root, 'fonts.conf');
  // The machine's own list of fonts, where it has one, knows nothing of what was unpacked.
  await writeFile(
    fonts,
    `<?xml version="1.0"?><fontconfig><dir>${join(root, 'usr', 'share', 'fonts')}</dir><dir>/usr/share/fonts</dir>` +
      `<cachedir>${join(root, 'var', 'cache', 'fontconfig')}</cachedir></fontconfig>\n`,
  );
  return {
    path: join(root, 'usr', 'lib', 'chromium', 'chromium'),
    env: { ...env, FONTCONFIG_FILE: fonts },
  };
}

/** That it shows a page in which text has a width. */
async function verify(unpacked: Unpacked): Promise<void> {
  const { path, env } = await chromeIn(unpacked);
  const profile = await mkdtemp(join(tmpdir(), 'keepsake-chrome-'));
  try {
    const page =
      'data:text/html,<b>m</b><script>document.title=document.querySelector("b").offsetWidth>0</script>';
    const args = ['--headless', ...FLAGS, `--user-data-dir=${profile}`, '--dump-dom', page];
    const { stdout } = await run(path, args, { env: { ...process.env, ...env }, timeout: 30_000 });
    if (!stdout.includes('<title>true</title>')) throw new Error(`the page was shown as ${stdout}`);
  } finally {
    await rm(profile, { recursive: true, force: true });
  }
}
