import type { ServerResponse } from 'node:http';
import type { Outgoing } from '../forward.ts';
import { hasField } from '../rules/fields.ts';

/**
 * Writes a head. Session middleware that stands before the cache sets its cookie only while that is done, when what to
 * do with the response has been decided: one with a cookie is made for the one who gets it. So it is not stored, and
 * a lifetime that the options added is taken off again.
 */
export const refuseLateCookies = (
  res: ServerResponse,
  { fields, addsMaxAge, refusesCookies, collector }: Outgoing,
  write: () => void,
): void => {
  if (hasField(fields, 'set-cookie')) return write();
  const restore =
    addsMaxAge === true ? watchCookies(res, () => res.removeHeader('Cache-Control')) : undefined;
  try {
    write();
  } finally {
    restore?.();
  }
  if (refusesCookies === true && res.hasHeader('set-cookie')) collector?.refuse();
};

/** Calls `onCookie` before the first cookie is set. */
const watchCookies = (res: ServerResponse, onCookie: () => void): (() => void) => {
  const restores = (['setHeader', 'appendHeader'] as const).map((method) => {
    const own = Object.getOwnPropertyDescriptor(res, method);
    const original = res[method];
    const value = (name: string, given: never): ServerResponse => {
      if (name.toLowerCase() === 'set-cookie') onCookie();
      return original.call(res, name, given);
    };
    Object.defineProperty(res, method, { value, configurable: true, writable: true });
    return (): void => {
      if (own) Object.defineProperty(res, method, own);
      else Reflect.deleteProperty(res, method);
    };
  });
  return () => {
    for (const restore of restores) restore();
  };
};
