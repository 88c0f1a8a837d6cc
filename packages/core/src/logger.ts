/** Where diagnostics go. Never gets a cached value or a secret. `console` fits. */
export interface Logger {
  debug(message: string, details?: object): void;
  warn(message: string, details?: object): void;
  error(message: string, details?: object): void;
}
