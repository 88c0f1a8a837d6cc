import type { ServerResponse } from 'node:http';

/** What Node refuses once the head is written, what sends it, and what Node writes it by itself with. */
const ENDS_THE_WAIT = ['setHeader', 'setHeaders', 'appendHeader', 'removeHeader', 'flushHeaders'] as const;

/**
 * Holds a head back that `writeHead` was called for until the body begins, for only then it is known whether
 * the body comes whole. Node itself sends it no sooner; and to the handler it looks written: `headersSent` is
 * true, and whatever would show the difference lets the head go first.
 *
 * @param send Writes the head.
 * @returns What lets the head go.
 */
export const holdHead = (res: ServerResponse, send: () => void): (() => void) => {
  const restore: (() => void)[] = [];
  const replace = (name: string, own: PropertyDescriptor): void => {
    const before = Object.getOwnPropertyDescriptor(res, name);
    Object.defineProperty(res, name, { ...own, configurable: true });
    restore.push(() => {
      if (before) Object.defineProperty(res, name, before);
      else Reflect.deleteProperty(res, name);
    });
  };
  const letGo = (): void => {
    for (const undo of restore.splice(0)) undo();
    send();
  };
  replace('headersSent', { get: () => true });
  for (const name of ENDS_THE_WAIT) {
    const value = (...all: unknown[]): unknown => {
      letGo();
      return (res[name] as (...same: unknown[]) => unknown).apply(res, all);
    };
    replace(name, { value, writable: true });
  }
  // Compression libraries call it while they see no written head of Node's.
  replace('_implicitHeader', { value: () => undefined, writable: true });
  return letGo;
};
