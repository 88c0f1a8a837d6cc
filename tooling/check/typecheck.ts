/** The type checker over every project of the workspace. */
import { relative } from 'node:path';
import { runCommand } from '../run-command.ts';
import type { Step } from '../stage.ts';
import { root, typedFolders } from '../workspace.ts';

export function typecheckSteps(): Step[] {
  return typedFolders().map((folder) => ({
    name: `types of ${relative(root, folder) || 'the root'}`,
    run: async () => {
      await runCommand('tsc', ['-p', folder, '--noEmit', '--pretty', 'false']);
      return undefined;
    },
  }));
}
