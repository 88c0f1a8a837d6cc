/** Different error types that a metric tells apart; further ones share `_OTHER`, as OpenTelemetry names it. */
export const MAX_ERROR_TYPES = 100;

/** The code of an error, or its class: never its message, which could hold a value. */
export const errorType = (error: unknown): string => {
  if (!(error instanceof Error)) return error === null ? 'null' : typeof error;
  const { code } = error as { code?: unknown };
  if (typeof code === 'string' && /^\w{1,64}$/.test(code)) return code;
  return /^[\w.$]{1,64}$/.test(error.name) ? error.name : 'Error';
};

/** `errorType` with a bound on how many there can be: who throws may choose names without end. */
export const boundedErrorType = (): ((error: unknown) => string) => {
  const known = new Set<string>();
  return (error) => {
    const type = errorType(error);
    if (known.has(type)) return type;
    if (known.size >= MAX_ERROR_TYPES) return '_OTHER';
    known.add(type);
    return type;
  };
};
