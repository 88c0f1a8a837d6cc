import { useMemo } from 'react';
import type { Resource } from '../api/resources.ts';
import type { Id, Person } from '../api/types.ts';
import { useResource } from '../api/use-resource.ts';

/** Everyone by id. It is the same entry as the people page's, so a page that names faces asks for no more. */
export function usePeople(options?: { counted?: boolean }): {
  resource: Resource<Person[]>;
  byId: ReadonlyMap<Id, Person>;
} {
  const resource = useResource<Person[]>('/people', options);
  const { data } = resource;
  const byId = useMemo(() => new Map((data ?? []).map((person) => [person.id, person])), [data]);
  return { resource, byId };
}
