import { library } from '../../tooling/tsup-preset.mjs';

export default library({
  index: 'src/index.ts',
  fastify: 'src/fastify.ts',
  hono: 'src/hono.ts',
  koa: 'src/koa.ts',
  node: 'src/node.ts',
});
