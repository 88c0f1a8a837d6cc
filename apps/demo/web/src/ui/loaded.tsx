import type { ReactNode } from 'react';
import { useConnection } from '../api/connection.ts';
import type { Resource } from '../api/resources.ts';
import { resources } from '../api/resources.ts';
import { ErrorState } from './error-state.tsx';

interface LoadedProps<T> {
  resource: Resource<T>;
  /** What it is, in the middle of a sentence: "the albums". */
  what: string;
  skeleton: ReactNode;
  children: (data: T) => ReactNode;
}

/**
 * The states every piece of data has: what was loaded stays on screen whatever happens next; before that a
 * skeleton in the final box, or what failed and a way to try again. A server that is still starting is
 * no failure: the banner says so, and the page fills when it is ready.
 */
export function Loaded<T>({ resource, what, skeleton, children }: LoadedProps<T>) {
  const { health } = useConnection();
  if (resource.data !== undefined) return <>{children(resource.data)}</>;
  const starting = resource.error?.status === 503 && !health?.ready;
  if (resource.error && !starting) {
    return <ErrorState what={what} error={resource.error} onRetry={() => resources.revalidate()} />;
  }
  return (
    <div className="skeleton" aria-busy="true">
      {skeleton}
    </div>
  );
}
