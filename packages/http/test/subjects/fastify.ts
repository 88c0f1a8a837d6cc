import { METHODS } from 'node:http';
import { httpCache } from '@keepsake/http/fastify';
import Fastify from 'fastify';
import type { Build } from './behind.ts';
import { nodeBody } from './node-body.ts';
import { originRequestOf, sendEarly } from './node.ts';

export const fastify: Build = async (origin, options, guard) => {
  const http = httpCache(options);
  const app = Fastify({ exposeHeadRoutes: false });
  for (const method of METHODS) {
    if (!app.supportedMethods.includes(method) && method !== 'CONNECT')
      app.addHttpMethod(method, { hasBody: true });
  }
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  app.addHook('onRequest', async (request, reply) => {
    if (!guard(originRequestOf(request.raw).header)) await reply.code(401).send();
  });
  app.register(http);
  app.setErrorHandler((_error, _request, reply) => reply.code(500).send('failed'));
  app.route({
    method: app.supportedMethods,
    url: '*',
    handler: async (request, reply) => {
      const { status = 200, headers = [], body, early } = await origin(originRequestOf(request.raw));
      sendEarly(reply.raw, early);
      reply.code(status);
      const values = new Map<string, string[]>();
      for (const [name, value] of headers) values.set(name, [...(values.get(name) ?? []), value]);
      for (const [name, lines] of values) reply.header(name, lines.length === 1 ? lines[0] : lines);
      return reply.send(nodeBody(body) ?? undefined);
    },
  });
  await app.ready();
  return {
    listener: (req, res) => app.routing(req, res),
    purge: (target) => http.purge(target),
    close: () => app.close(),
  };
};
