/** A stampede over processes: each has memory in front of one Redis, and all want the same missing value at once. */
import { SUBJECTS } from './races-subjects.ts';
import { startWorker, type Worker } from './races-worker.ts';

export interface Fleet {
  readonly name: string;
  readonly version: string;
  /** `callers` in each process ask for `key`; how often a loader ran in all, and the time until all had answers. */
  storm(key: string, callers: number, loadMs: number): Promise<{ loads: number; ms: number }>;
  end(): Promise<void>;
}

const startFleet = async (subject: string, url: string, size: number): Promise<Fleet> => {
  const workers: Worker[] = [];
  for (let i = 0; i < size; i += 1) workers.push(await startWorker(subject, url));
  const [name = subject, version = ''] = subject.split(' ');
  return {
    name,
    version,
    storm: async (key, callers, loadMs) => {
      const startedAt = performance.now();
      const loads = await Promise.all(
        workers.map((worker) => worker.obey({ act: 'storm', key, callers, loadMs })),
      );
      return {
        loads: loads.reduce((sum, count) => sum + Number(count), 0),
        ms: performance.now() - startedAt,
      };
    },
    end: async () => void (await Promise.all(workers.map((worker) => worker.end()))),
  };
};

/** `size` processes of each library; they stay for all rounds. */
export const startFleets = async (url: string, size: number): Promise<Fleet[]> => {
  const fleets: Fleet[] = [];
  for (const subject of Object.keys(SUBJECTS)) fleets.push(await startFleet(subject, url, size));
  return fleets;
};
