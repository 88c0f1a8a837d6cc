import { givenName } from './given-name.ts';
import type { Person } from '../api/types.ts';

/** The largest named group takes the others in; without a name, the largest. */
export function mergeTarget(people: readonly Person[]): Person | undefined {
  const bySize = [...people].sort((a, b) => b.photoCount - a.photoCount);
  return bySize.find((person) => givenName(person)) ?? bySize[0];
}
