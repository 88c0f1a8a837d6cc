/** The main entry of core, bundled for a browser and run where there is nothing of Node. */
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { build } from 'esbuild';
import type { Step } from '../stage.ts';
import { root } from '../workspace.ts';

const PROGRAM = `
  import { createCache } from './dist/index.js';
  const cache = createCache({ ttl: '1m' });
  globalThis.result = (async () => {
    let loads = 0;
    const load = () => { loads += 1; return { when: new Date(0), bytes: new Float32Array([1.5]) }; };
    const [one, other] = await Promise.all([cache.getOrSet('k', load), cache.getOrSet('k', load)]);
    await cache.delete('k');
    const after = await cache.get('k');
    await cache.close();
    return [loads, one.bytes[0] === other.bytes[0] && one !== other, one.when instanceof Date, after].join();
  })();
`;

/** What a page has and the language itself has not. */
const WEB = [
  'AbortController',
  'AbortSignal',
  'DOMException',
  'TextEncoder',
  'clearTimeout',
  'performance',
  'queueMicrotask',
  'setTimeout',
] as const;

export function browserSteps(): Step[] {
  return [{ name: '@keepsake/core runs in a browser bundle', run: runBundle }];
}

async function runBundle(): Promise<undefined> {
  const result = await build({
    stdin: { contents: PROGRAM, resolveDir: join(root, 'packages', 'core'), loader: 'js' },
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser', // a `node:` import fails here
    logLevel: 'silent',
  });
  const page = createContext(Object.fromEntries(WEB.map((name) => [name, globalThis[name]])));
  runInContext(result.outputFiles[0]?.text ?? '', page);
  const answer = (await (page['result'] as Promise<unknown>)) as string;
  if (answer !== '1,true,true,') throw new Error(`expected 1,true,true, and got ${answer}`);
  return undefined;
}
