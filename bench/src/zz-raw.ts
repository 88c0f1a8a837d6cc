import { createServer } from 'node:http';
import { Redis } from 'ioredis';
const [mode = '', url = ''] = process.argv.slice(2);
const redis = new Redis(url, { enableAutoPipelining: mode === 'auto' });
await redis.set('raw:/2', Buffer.alloc(2048, 97)); await redis.set('raw:/50', Buffer.alloc(51200, 97)); await redis.set('raw:/200', Buffer.alloc(204800, 97));
const server = createServer((req, res) => {
  void redis.getBuffer('raw:' + req.url).then((b) => { res.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': String(b?.byteLength), 'Cache-Control': 'public, max-age=3600', ETag: '"two"', Age: '1', 'Cache-Status': 'Keepsake;hit;ttl=3600', Date: 'Sun, 29 Nov 2026 07:56:29 GMT' }).end(b); });
});
server.listen(0, '127.0.0.1', () => { const a = server.address(); process.send?.({ port: typeof a === 'object' ? a?.port : 0 }); });
process.on('message', (order) => { if (order === 'cpu') { const { user, system } = process.cpuUsage(); process.send?.({ cpuUs: user + system }); return; } server.closeAllConnections(); server.close(); redis.disconnect(); process.disconnect?.(); });
