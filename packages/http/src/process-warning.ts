/** What there is of it; other runtimes than Node may have no such thing. */
interface Runtime {
  readonly process?: {
    readonly env?: { readonly NODE_ENV?: string };
    readonly emitWarning?: (text: string, kind: { type: string; code: string }) => void;
  };
}

export const warn = (code: string, text: string): void => {
  const { process } = globalThis as Runtime;
  process?.emitWarning?.(text, { type: 'KeepsakeWarning', code });
};

/** Whether there is somebody to hear what only who writes the application can mend. */
export const warnsDevelopers = (): boolean => {
  try {
    const { process } = globalThis as Runtime;
    return process?.emitWarning !== undefined && process.env?.NODE_ENV !== 'production';
  } catch {
    // Deno asks for a permission.
    return false;
  }
};
