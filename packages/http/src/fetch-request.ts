import type { RequestView } from './exchange.ts';
import type { RequestChange } from './forward.ts';
import type { KeptFields } from './kept-fields.ts';
import { parseAbsoluteTarget } from './request-target.ts';
import type { FieldLines } from './rules/fields.ts';

/**
 * The fields of a fetch request, by name: what a server on Node gives for a request makes real Headers only for who
 * lists them, and a hit lists nothing.
 */
class HeaderFields implements KeptFields {
  readonly #headers: Headers;
  #kept: ReadonlyMap<string, string> | undefined;

  constructor(headers: Headers) {
    this.#headers = headers;
  }

  valueOf(name: string): string | undefined {
    return this.#kept ? this.#kept.get(name) : (this.#headers.get(name) ?? undefined);
  }

  lines(): FieldLines {
    return [...(this.#kept ?? this.#headers)];
  }

  keep(): void {
    this.#kept ??= new Map(this.#headers);
  }
}

export const viewOf = (request: Request): RequestView & { readonly fields: KeptFields } => ({
  method: request.method,
  target: parseAbsoluteTarget(request.url),
  fields: new HeaderFields(request.headers),
});

export const changed = (request: Request, change: RequestChange | undefined): Request => {
  if (!change) return request;
  const headers = new Headers(request.headers);
  for (const name of change.drop) headers.delete(name);
  for (const [name, value] of change.add) headers.set(name, value);
  return new Request(request, { headers });
};
