import type { Person } from '../api/types.ts';

/** The server calls a group that nobody has named "Person 12". */
const NUMBERED = /^Person \d+$/;

/** The name that someone gave a person; `undefined` until then. */
export function givenName(person: Person | undefined): string | undefined {
  if (!person || person.name === '' || NUMBERED.test(person.name)) return undefined;
  return person.name;
}
