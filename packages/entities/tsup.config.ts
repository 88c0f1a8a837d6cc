import { library } from '../../tooling/tsup-preset.mjs';

export default library({
  index: 'src/index.ts',
  redis: 'src/redis.ts',
});
