import { library } from '../../tooling/tsup-preset.mjs';

export default library({
  index: 'src/index.ts',
  memory: 'src/memory.ts',
  'testing/index': 'src/testing/index.ts',
});
