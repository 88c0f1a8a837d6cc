/** The two functions that a suite needs of a test runner: those of vitest, jest, mocha or node:test fit. */
export interface SuiteRunner {
  describe(name: string, body: () => void): unknown;
  it(name: string, body: () => Promise<void>): unknown;
}

/** Throws where `actual` and `expected` differ; for the values that suites compare. */
export const assertEqual = (actual: unknown, expected: unknown, what: string): void => {
  const [seen, wanted] = [show(actual), show(expected)];
  if (seen !== wanted) throw new Error(`${what}: expected ${wanted}, got ${seen}`);
};

export const assertTrue = (condition: boolean, what: string): void => {
  if (!condition) throw new Error(what);
};

/** Throws unless `work` rejects (or throws) with the code. */
export const assertCode = async (work: () => unknown, code: string, what: string): Promise<void> => {
  let seen = 'no error';
  try {
    await work();
  } catch (error) {
    seen = String((error as { code?: unknown }).code ?? error);
  }
  assertEqual(seen, code, what);
};

/** A text that differs wherever two values differ in type or content. */
const show = (value: unknown): string => {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value);
    case 'object':
      return value === null ? 'null' : showObject(value);
    default:
      return `${typeof value} ${String(value)}`;
  }
};

const showObject = (value: object): string => {
  if (Array.isArray(value)) return `[${value.map(show).join(', ')}]`;
  if (value instanceof Date) return `Date ${value.getTime()}`;
  if (value instanceof RegExp) return `RegExp ${String(value)}`;
  if (value instanceof Error) return `${value.name}(${JSON.stringify(value.message)})`;
  if (value instanceof Map) return `Map ${show([...value])}`;
  if (value instanceof Set) return `Set ${show([...value])}`;
  if (ArrayBuffer.isView(value)) {
    const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    // A Buffer is a Uint8Array: which of the two comes back is the backend's choice.
    const type = value instanceof Uint8Array ? 'Uint8Array' : value.constructor.name;
    return `${type} ${[...bytes].join(' ')}`;
  }
  if (value instanceof ArrayBuffer) return `ArrayBuffer ${[...new Uint8Array(value)].join(' ')}`;
  const fields = Object.entries(value).map(([name, field]) => `${JSON.stringify(name)}: ${show(field)}`);
  return `{${fields.join(', ')}}`;
};
