import { readSettings, SettingsError } from './settings.ts';
import { startProxy } from './start-proxy.ts';

/** Ending takes a second and a half at most; whatever hangs does not hold the process longer than this. */
const STOP_LIMIT_MS = 1_900;

const fail = (error: unknown): never => {
  console.error(error instanceof SettingsError ? error.message : error);
  process.exit(1);
};

try {
  const proxy = await startProxy(readSettings(process.env));
  console.log(`listening on ${proxy.url}`);
  const stop = (): void => {
    setTimeout(() => process.exit(1), STOP_LIMIT_MS).unref();
    proxy.close().then(() => process.exit(0), fail);
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
} catch (error) {
  fail(error);
}
