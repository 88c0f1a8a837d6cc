/** Format and lint. */
import { runCommand } from '../run-command.ts';
import type { Step } from '../stage.ts';

export function sourceSteps(): Step[] {
  return [
    {
      name: 'lint',
      run: async () => {
        await runCommand('eslint', ['.', '--max-warnings=0', '--no-color']);
        return undefined;
      },
    },
    {
      name: 'format',
      run: async () => {
        await runCommand('prettier', ['--check', '--log-level=warn', '.']);
        return undefined;
      },
    },
  ];
}
