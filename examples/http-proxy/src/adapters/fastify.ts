import { METHODS } from 'node:http';
import { httpCache } from '@keepsake/http/fastify';
import createApp from 'fastify';
import { askFor, sendAnswer, sendBadGateway } from '../pass-on-node.ts';
import type { Adapter } from './adapter.ts';

export const fastify: Adapter = async (options, origin) => {
  const app = createApp({ exposeHeadRoutes: false });
  for (const method of METHODS) {
    if (method !== 'CONNECT' && !app.supportedMethods.includes(method)) {
      app.addHttpMethod(method, { hasBody: true });
    }
  }
  // Bodies pass as they are.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _body, done) => done(null));
  app.register(httpCache(options));
  app.setErrorHandler((_error, _request, reply) => {
    reply.hijack();
    sendBadGateway(reply.raw);
  });
  app.route({
    method: app.supportedMethods,
    url: '*',
    handler: async (request, reply) => {
      const answer = await askFor(origin, request.raw, reply.raw);
      // From here on the response is written past Fastify, which has its own ideas of header fields.
      reply.hijack();
      await sendAnswer(answer, reply.raw).catch(() => sendBadGateway(reply.raw));
    },
  });
  await app.ready();
  return (req, res) => app.routing(req, res);
};
