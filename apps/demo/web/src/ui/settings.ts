import { useState } from 'react';

const KEY = 'keepsake.';

/** A choice kept in this browser; `undefined` where none was made or storage is closed (private windows). */
export function readSetting(name: string): string | undefined {
  try {
    return localStorage.getItem(KEY + name) ?? undefined;
  } catch (error) {
    console.warn('Settings cannot be read here:', error);
    return undefined;
  }
}

export function writeSetting(name: string, value: string): void {
  try {
    localStorage.setItem(KEY + name, value);
  } catch (error) {
    console.warn('Settings are not remembered here:', error);
  }
}

export function useSetting<T extends string>(
  name: string,
  allowed: readonly T[],
  initial: T,
): [T, (v: T) => void] {
  const [value, setValue] = useState<T>(() => {
    const stored = readSetting(name);
    return allowed.find((one) => one === stored) ?? initial;
  });
  const change = (next: T): void => {
    writeSetting(name, next);
    setValue(next);
  };
  return [value, change];
}
