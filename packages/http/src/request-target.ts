import { RecentMap } from './recent-map.ts';

/** What a request is for, in canonical parts: equal parts, same resource; different parts, different key. */
export interface RequestTarget {
  readonly scheme: string;
  /** Lower case; no default port, no trailing dot. */
  readonly authority: string;
  /** As it was sent: neither dots nor escapes are resolved, for the handler sees it so too. */
  readonly path: string;
  /** Without the `?`; null: there is none, which differs from an empty one. */
  readonly query: string | null;
  /**
   * It came with a fragment or in absolute form (RFC 9112 3.2), and handlers may take that for another resource: it may
   * be answered from the store, and what its handler gives is for nobody else.
   */
  readonly isOdd?: boolean;
}

/** Targets whose requests come again are the same objects, by which what was made of them is known. */
const MAX_RECENT = 4_096;
const MAX_RECENT_LENGTH = 512;
const recent = new RecentMap<RequestTarget>(MAX_RECENT);

const ABSOLUTE = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/([^/?#]*)(.*)$/s;
const HOST = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(\d{1,5}))?$/;
const DEFAULT_PORT: Readonly<Record<string, string>> = { http: '80', https: '443' };

/**
 * RFC 9110 4.2.3: host names in lower case, without default port or root dot. Undefined: no host that a key
 * could be made of (user information and all oddities included).
 */
export const normalizeAuthority = (scheme: string, authority: string): string | undefined => {
  const match = HOST.exec(authority.toLowerCase());
  const host = match?.[1]?.replace(/\.$/, '');
  if (!host) return undefined;
  const port = match?.[2]?.replace(/^0+(?=\d)/, '');
  return port === undefined || port === DEFAULT_PORT[scheme] ? host : `${host}:${port}`;
};

/**
 * Whether a Host is written as clients write it, not in capitals, with a root dot or with zeros before its port. The
 * default port is as good as none: some proxies always send it.
 */
export const isUsualHost = ({ scheme, authority }: RequestTarget, host: string): boolean =>
  host === authority || host === `${authority}:${DEFAULT_PORT[scheme]}`;

/** The target of an absolute URL; undefined where it is none that could be cached. */
export const parseAbsoluteTarget = (url: string): RequestTarget | undefined =>
  recentOr(url, () => readAbsolute(url));

/** The target of a request line (RFC 9112 3.2): absolute-form carries its own authority, which wins. */
export const parseRequestLineTarget = (
  scheme: string,
  host: string | undefined,
  target: string,
): RequestTarget | undefined => {
  if (!target.startsWith('/')) {
    const absolute = parseAbsoluteTarget(target);
    return absolute && { ...absolute, isOdd: true };
  }
  if (host === undefined) return undefined;
  // No part of a request has a line break, so no two texts are the same.
  return recentOr(`${scheme}\n${host}\n${target}`, () => {
    const authority = normalizeAuthority(scheme, host);
    return authority === undefined ? undefined : withPath(scheme, authority, target);
  });
};

const readAbsolute = (url: string): RequestTarget | undefined => {
  const match = ABSOLUTE.exec(url);
  const scheme = match?.[1]?.toLowerCase();
  if (!match || (scheme !== 'http' && scheme !== 'https')) return undefined;
  const authority = normalizeAuthority(scheme, match[2] ?? '');
  return authority === undefined ? undefined : withPath(scheme, authority, match[3] ?? '');
};

const recentOr = (text: string, read: () => RequestTarget | undefined): RequestTarget | undefined => {
  const known = recent.get(text);
  if (known) return known;
  const target = read();
  if (target && text.length <= MAX_RECENT_LENGTH) recent.set(text, target);
  return target;
};

/** The target with scheme and host from configuration, whatever the request said. */
export const atOrigin = (target: RequestTarget, origin: RequestTarget | undefined): RequestTarget =>
  origin ? { ...target, scheme: origin.scheme, authority: origin.authority } : target;

export const isSameOrigin = (a: RequestTarget, b: RequestTarget): boolean =>
  a.scheme === b.scheme && a.authority === b.authority;

/** RFC 3986 5: a reference such as Location holds, from the request's own URL. */
export const resolveReference = (base: RequestTarget, reference: string): RequestTarget | undefined => {
  const query = base.query === null ? '' : `?${base.query}`;
  const root = `${base.scheme}://${base.authority}`;
  if (reference.startsWith('/') && !reference.startsWith('//')) {
    return parseAbsoluteTarget(root + reference);
  }
  const absolute = `${root}${base.path}${query}`;
  return URL.canParse(reference, absolute)
    ? parseAbsoluteTarget(new URL(reference, absolute).href)
    : undefined;
};

const withPath = (scheme: string, authority: string, rest: string): RequestTarget => {
  const [beforeFragment = '', ...fragments] = rest.split('#', 2);
  const at = beforeFragment.indexOf('?');
  const path = at < 0 ? beforeFragment : beforeFragment.slice(0, at);
  const target = {
    scheme,
    authority,
    path: path || '/',
    query: at < 0 ? null : beforeFragment.slice(at + 1),
  };
  return fragments.length === 0 ? target : { ...target, isOdd: true };
};
