import { useEffect, useState } from 'react';
import type { Suggestion } from '../api/types.ts';
import { useResource } from '../api/use-resource.ts';
import { trimQuery } from './searched-for.ts';

const PAUSE_MS = 120;

const order: readonly Suggestion['kind'][] = ['person', 'album', 'photo'];

/** Suggestions for what is typed, once typing rests for a moment; grouped: people, albums, photos. */
export function useSuggestions(typed: string): readonly Suggestion[] {
  const query = useRested(trimQuery(typed));
  const path = query === '' ? undefined : `/search/suggestions?q=${encodeURIComponent(query)}`;
  const { data } = useResource<Suggestion[]>(path, { counted: false });
  if (typed.trim() === '' || !data) return [];
  return [...data].sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
}

function useRested(value: string): string {
  const [rested, setRested] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setRested(value), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return rested;
}
