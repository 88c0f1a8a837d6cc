import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findInstalled } from './find-chrome.ts';

test('CHROME_BIN goes before the PATH, on which only what can be run counts', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'keepsake-path-'));
  try {
    const [plain, program] = [join(folder, 'chromium'), join(folder, 'google-chrome')];
    await writeFile(plain, '');
    await writeFile(program, '');
    await chmod(program, 0o755);
    expect(findInstalled({ PATH: `/nowhere:${folder}` })).toBe(program);
    expect(findInstalled({ PATH: folder, CHROME_BIN: '/opt/chrome' })).toBe('/opt/chrome');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
