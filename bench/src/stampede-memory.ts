/**
 * One library's stampede in memory, in a process of its own. Prints how long beyond the loader it took until all had
 * their answers, in ms: the median of some.
 */
import { median } from './report.ts';
import { MEMORY_SUBJECTS } from './stampede-subjects.ts';

/** A service that is stampeded has been running for a while: its code is compiled. */
const WARM_UP = 10;
const STAMPEDES = 5;

const [name = '', callers = '', loadForMs = ''] = process.argv.slice(2);
const subject = MEMORY_SUBJECTS.find((one) => one.name === name);
if (!subject) throw new Error(`no such subject: ${name}`);
const getOrSet = subject.make();

/** The wall time less the loader's own, which a timer may make a little longer than it was asked for. */
const stampede = async (key: string): Promise<number> => {
  let loads = 0;
  let loadMs = 0;
  const load = async (): Promise<string> => {
    loads += 1;
    const before = performance.now();
    await new Promise((resolve) => setTimeout(resolve, Number(loadForMs)));
    loadMs = performance.now() - before;
    return 'value';
  };
  globalThis.gc?.();
  const startedAt = performance.now();
  const answers = await Promise.all(Array.from({ length: Number(callers) }, () => getOrSet(key, load)));
  const ms = performance.now() - startedAt - loadMs;
  if (loads !== 1 || answers.some((answer) => answer !== 'value')) {
    throw new Error(`${name}: ${loads} loads, or a wrong answer`);
  }
  return ms;
};

const samples: number[] = [];
for (let i = 0; i < WARM_UP + STAMPEDES; i += 1) samples.push(await stampede(`hot:${i}`));
console.log(median(samples.slice(WARM_UP)));
process.exit(0);
