import { library } from '../../tooling/tsup-preset.mjs';

export default library({
  index: 'src/index.ts',
  memory: 'src/memory.ts',
  'coalesce/index': 'src/coalesce/index.ts',
  'curve/index': 'src/curve/index.ts',
  'debug-log/index': 'src/debug-log/index.ts',
  'diagnostics/index': 'src/diagnostics/index.ts',
  'families/index': 'src/families/index.ts',
  'otel/index': 'src/otel/index.ts',
  'prometheus/index': 'src/prometheus/index.ts',
  tracking: 'src/tracking-async.ts',
  'transactions/index': 'src/transactions/index.ts',
  'trace/index': 'src/trace/index.ts',
  'words/index': 'src/words/index.ts',
  'testing/index': 'src/testing/index.ts',
});
