/** Row 39: a server that does not let us in, or not do what we want. Nothing that is told holds a secret. */
import { inspect } from 'node:util';
import { startRedis } from '@keepsake/tooling/servers';
import { plainClient, sleep } from '../harness.ts';
import type { Options } from './keeper.ts';
import { Judge, type Row, timed } from './trial.ts';

const PASSWORD = 'hunter2-s3cret';
const VALUE = 'private-value-of-somebody';

/** Everything that is told to a logger, in events and errors. */
const makeEar = (): { options: Options; heard: unknown[]; text: () => string } => {
  const heard: unknown[] = [];
  const hear = (...told: unknown[]): void => void heard.push(...told);
  return {
    options: { isAlone: true, logger: { debug: hear, warn: hear, error: hear } },
    heard,
    text: () =>
      heard
        .map((one) => inspect(one, { depth: Infinity, showHidden: true, maxStringLength: Infinity }))
        .join('\n'),
  };
};

export const notLetIn: Row = async (trial) => {
  const judge = new Judge('fault-39', trial);
  await using server = await startRedis();
  const admin = plainClient(server.url);
  await admin.call(
    'ACL',
    'SETUSER',
    'reader',
    'on',
    `>${PASSWORD}`,
    '~*',
    '&*',
    '+@all',
    '-eval',
    '-evalsha',
    '-set',
  );
  await admin.call('ACL', 'SETUSER', 'app', 'on', `>${PASSWORD}`, '~*', '&*', '+@all');
  const at = `127.0.0.1:${server.port}`;
  const places: Record<string, string> = {
    WRONGPASS: `redis://app:${PASSWORD}-wrong@${at}`,
    NOPERM: `redis://reader:${PASSWORD}@${at}`,
    'user removed in the middle': `redis://app:${PASSWORD}@${at}`,
  };
  const listen = (warning: Error): void => void told.push(warning);
  const told: unknown[] = [];
  process.on('warning', listen);
  for (const [place, url] of Object.entries(places)) {
    const { options, heard, text } = makeEar();
    const keeper = trial.subject.open(url, options);
    if (place === 'user removed in the middle') {
      await timed(() => keeper.set('before', VALUE));
      await admin.call('ACL', 'DELUSER', 'app');
    }
    const work: (() => Promise<unknown>)[] = [
      () => keeper.get('k'),
      () => keeper.getOrSet('k', () => VALUE),
      () => keeper.set('k', VALUE),
      () => keeper.setMany({ a: VALUE, b: VALUE }),
      () => keeper.delete('k'),
    ];
    for (const one of work) {
      const { error } = await timed(one);
      judge.must(error === undefined, `${place}: it rejected`);
      heard.push(error);
    }
    heard.push((await timed(() => keeper.increment('n'))).error, ...told.splice(0));
    await sleep(200);
    const said = text();
    const secrets = [PASSWORD, VALUE].filter((secret) => said.includes(secret));
    judge.atMost('secrets told', secrets.length, 0);
    await keeper.close();
  }
  process.off('warning', listen);
  admin.disconnect();
  return judge.findings();
};
