import type { Hono, MiddlewareHandler } from 'hono';
import { ApiError } from './api-error.ts';
import type { ApiEnv } from './services.ts';

/** Ends what no route took: 405 with `Allow` at an address that has other methods, else 404. */
export function refuseUnknown(app: Hono<ApiEnv>): MiddlewareHandler<ApiEnv> {
  return (c) => {
    const methods = app.routes
      .filter(({ method, path }) => method !== 'ALL' && matches(path, c.req.path))
      .map(({ method }) => method);
    if (methods.length === 0) {
      throw new ApiError('NOT_FOUND', 'There is nothing at this address of the API.');
    }
    if (methods.includes('GET')) methods.push('HEAD');
    const allowed = [...new Set(methods)].sort().join(', ');
    c.header('Allow', allowed);
    throw new ApiError('METHOD_NOT_ALLOWED', `This address answers to ${allowed} only.`);
  };
}

/** Whether an address is one of a route such as `/albums/:id/photos`. */
function matches(route: string, address: string): boolean {
  const wanted = route.split('/');
  const parts = address.split('/');
  return (
    wanted.length === parts.length &&
    wanted.every((part, i) => (part.startsWith(':') ? parts[i] !== '' : part === parts[i]))
  );
}
