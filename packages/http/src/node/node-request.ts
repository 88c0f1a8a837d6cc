import type { IncomingMessage } from 'node:http';
import type { RequestView } from '../exchange.ts';
import type { KeptFields } from '../kept-fields.ts';
import { parseRequestLineTarget } from '../request-target.ts';
import type { FieldLine, FieldLines } from '../rules/fields.ts';

/**
 * The fields of a Node request, from `rawHeaders`, for `headers` drops duplicates. Lines are looked through when a name
 * is asked for, and nothing is made of the others.
 */
class RawFields implements KeptFields {
  #lines: readonly string[];
  /** A bit for each length that a name has: most names that are asked for are not there. */
  readonly #lengths: number;
  /** RFC 9113 8.3.1: of HTTP/2, which stands for Host. */
  readonly #authority: string | undefined;

  constructor(lines: readonly string[], lengths: number, authority: string | undefined) {
    this.#lines = lines;
    this.#lengths = lengths;
    this.#authority = authority;
  }

  valueOf(name: string): string | undefined {
    return this.#linesOf(name) ?? (name === HOST ? this.#authority : undefined);
  }

  #linesOf(name: string): string | undefined {
    if ((this.#lengths & bitOf(name)) === 0) return undefined;
    let combined: string | undefined;
    for (let i = 0; i + 1 < this.#lines.length; i += 2) {
      const [line = '', value = ''] = [this.#lines[i], this.#lines[i + 1]];
      if (line.length !== name.length || line.toLowerCase() !== name) continue;
      combined = combined === undefined ? value : `${combined}, ${value}`;
    }
    return combined;
  }

  lines(): FieldLines {
    const lines: FieldLine[] = [];
    for (let i = 0; i + 1 < this.#lines.length; i += 2) {
      const [name = '', value = ''] = [this.#lines[i], this.#lines[i + 1]];
      // RFC 9113 8.3: those of HTTP/2 that are no fields.
      if (!name.startsWith(':')) lines.push([name, value]);
    }
    return lines;
  }

  keep(): void {
    this.#lines = [...this.#lines];
  }
}

const bitOf = (name: string): number => 1 << (name.length & 31);

/**
 * A Node request in the engine's shape. Behind a mount point Connect and Express keep the whole URL in `originalUrl`,
 * Fastify and Koa on objects of their own. No X-Forwarded field is believed.
 */
export const readNodeRequest = (
  req: IncomingMessage & { readonly originalUrl?: unknown },
  originalUrl: unknown = req.originalUrl,
): RequestView & { readonly fields: KeptFields } => {
  const { rawHeaders } = req;
  const hosts: string[] = [];
  let authority: string | undefined;
  let lengths = 0;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const [name = '', value = ''] = [rawHeaders[i], rawHeaders[i + 1]];
    lengths |= bitOf(name);
    if (name.length === HOST.length && name.toLowerCase() === HOST) hosts.push(value);
    // RFC 9113 8.3: the host of HTTP/2, which is no field.
    else if (name === ':authority') authority = value;
  }
  const scheme = 'encrypted' in req.socket && req.socket.encrypted === true ? 'https' : 'http';
  const url = typeof originalUrl === 'string' ? originalUrl : (req.url ?? '');
  // RFC 9112 3.2: several Host lines are an attack; no key is made of them.
  const target = hosts.length > 1 ? undefined : parseRequestLineTarget(scheme, authority ?? hosts[0], url);
  return { method: req.method ?? '', target, fields: new RawFields(rawHeaders, lengths, authority) };
};

const HOST = 'host';
