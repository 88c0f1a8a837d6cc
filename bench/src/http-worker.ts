/** One server of the HTTP benchmark, in a process of its own that lives through all rounds. */
import { createServer } from 'node:http';
import { RIVALS } from './http-rivals.ts';
import { OWN_SUBJECTS } from './http-subjects.ts';

const [name = '', redisUrl = ''] = process.argv.slice(2);
const served = await (OWN_SUBJECTS[name] ?? RIVALS[name])?.open(redisUrl);
if (!served) throw new Error(`no subject ${name}`);
const server = createServer(served.listener);
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.({ port: typeof address === 'object' ? address?.port : undefined });
});
process.on('message', (order: 'cpu' | 'end') => {
  if (order === 'cpu') {
    const { user, system } = process.cpuUsage();
    process.send?.({ cpuUs: user + system });
    return;
  }
  server.closeAllConnections();
  server.close();
  void Promise.resolve(served.close?.()).finally(() => process.disconnect?.());
});
