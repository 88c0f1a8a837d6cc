export type Severity = 'ok' | 'info' | 'warning' | 'error';

/** One thing that was looked at. */
export interface Finding {
  /** What it is about, in one stable word for scripts. */
  readonly check: string;
  readonly severity: Severity;
  readonly message: string;
  /** What to do; given with warnings and errors. */
  readonly advice?: string;
}

export const ok = (check: string, message: string): Finding => ({ check, severity: 'ok', message });

export const info = (check: string, message: string, advice?: string): Finding => ({
  check,
  severity: 'info',
  message,
  ...(advice !== undefined && { advice }),
});

export const warning = (check: string, message: string, advice: string): Finding => ({
  check,
  severity: 'warning',
  message,
  advice,
});

export const error = (check: string, message: string, advice: string): Finding => ({
  check,
  severity: 'error',
  message,
  advice,
});
