import { ConfigError, readConfig } from './config.ts';

const LEAST_NODE = [20, 19] as const;
/** Ending takes under a second; whatever hangs does not hold the process longer than this. */
const STOP_LIMIT_MS = 1900;

function fail(error: unknown): never {
  console.error(error instanceof ConfigError ? `Keepsake demo: ${error.message}` : error);
  process.exit(1);
}

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < LEAST_NODE[0] || (major === LEAST_NODE[0] && minor < LEAST_NODE[1])) {
  fail(
    new ConfigError(
      `Node ${process.versions.node} is too old. Install Node ${LEAST_NODE.join('.')} or newer.`,
    ),
  );
}

try {
  const config = readConfig(process.env);
  // Only now: what the rest imports may not load at all on an old Node.
  const { startDemo } = await import('./start-demo.ts');
  const { describeCache } = await import('./demo-cache.ts');
  const demo = await startDemo(config);
  console.log(`Keepsake demo: ${demo.url}`);
  console.log(
    `Photos: ${config.photosDir ?? 'the samples'} · data: ${config.dataDir} · cache: ${describeCache(config)}`,
  );

  let isStopping = false;
  const stop = (): void => {
    if (isStopping) return;
    isStopping = true;
    setTimeout(() => process.exit(1), STOP_LIMIT_MS).unref();
    demo.close().then(() => process.exit(0), fail);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);

  demo.ready.then(
    () => isStopping || console.log('All photos are imported.'),
    (error: unknown) => isStopping || fail(error),
  );
} catch (error) {
  fail(error);
}
