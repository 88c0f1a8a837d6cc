import { isUsualHost, normalizeAuthority, type RequestTarget } from '../request-target.ts';
import { hasField, trimSpace, valuesOf, type RequestFields } from './fields.ts';

const METHOD_OVERRIDES = ['x-http-method-override', 'x-http-method', 'x-method-override'];
const ORIGIN_CONDITIONS = ['if-match', 'if-unmodified-since'];

/** A request whose answer the key cannot tell apart, or that is for the handler alone. */
export const mustBypass = (request: RequestFields): boolean =>
  hasContent(request) ||
  overridesMethod(request) ||
  isForeignRange(request) ||
  isOriginCondition(request) ||
  asksForOtherProtocol(request);

/** Content on GET (RFC 9110 9.3.1) is no part of the key. */
export const hasContent = (request: RequestFields): boolean =>
  hasField(request, 'transfer-encoding') || valuesOf(request, 'content-length').some((n) => n.trim() !== '0');

/** Frameworks take the method from these: the response may be that of another method. */
export const overridesMethod = (request: RequestFields): boolean =>
  METHOD_OVERRIDES.some((name) => hasField(request, name));

/** RFC 9110 14.1: a unit that only the handler may know. */
export const isForeignRange = (request: RequestFields): boolean =>
  valuesOf(request, 'range').some((value) => !/^bytes=/i.test(value));

/** RFC 9111 4.3.2: If-Match and If-Unmodified-Since are for the origin, not for a cache. */
export const isOriginCondition = (request: RequestFields): boolean =>
  ORIGIN_CONDITIONS.some((name) => hasField(request, name));

/**
 * RFC 9110 7.8: an Upgrade, to WebSocket above all, that only the handler can answer. Not one to HTTP/2, which clients
 * offer with any request.
 */
export const asksForOtherProtocol = (request: RequestFields): boolean =>
  valuesOf(request, 'upgrade').some((value) =>
    value.split(',').some((protocol) => !/^(?:h2c)?$/i.test(trimSpace(protocol))),
  );

/**
 * A Host (RFC 9110 7.2) that is not the authority of the target, or several: the key has one, the handler
 * may read the other. Without Host there is nothing to read.
 */
export const namesOtherHost = (target: RequestTarget, request: RequestFields): boolean => {
  const hosts = valuesOf(request, 'host');
  const isOther = (host: string): boolean =>
    host !== target.authority && normalizeAuthority(target.scheme, host) !== target.authority;
  return hosts.length > 1 || hosts.some(isOther);
};

/**
 * The authority of the target in a form that applications redirect to the usual one, for all they know with a lifetime:
 * it may be answered from the store, and what its handler gives is for nobody else.
 */
export const writesHostOddly = (target: RequestTarget, request: RequestFields): boolean =>
  valuesOf(request, 'host').some((host) => !isUsualHost(target, host));

/**
 * Some proxies send the default port with every Host, so that form fills what the usual one is answered from; but a
 * redirect or an error may be for the form alone.
 */
export const namesDefaultPort = (request: RequestFields): boolean =>
  valuesOf(request, 'host').some((host) => /:(?:80|443)$/.test(host));
