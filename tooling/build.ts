import { runCommand } from './run-command.ts';
import type { Step } from './stage.ts';

/** Builds what the filter names and all that it needs, from turbo's cache where nothing changed. */
export function buildStep(name: string, filter?: string): Step {
  return {
    name,
    run: async () => {
      const which = filter === undefined ? [] : [`--filter=${filter}`];
      const args = ['run', 'build', ...which, '--output-logs=errors-only', '--log-order=grouped'];
      const output = await runCommand('turbo', args, { env: { TURBO_TELEMETRY_DISABLED: '1' } });
      return /Cached:\s+(.+)/.exec(output)?.[1]?.trim();
    },
  };
}
