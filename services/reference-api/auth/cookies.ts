/** A cookie of ours: none of them is for scripts. */
export interface CookieKind {
  readonly name: string;
  readonly path: string;
  /** Lax: also when another site sends the browser here, as a sign-in page does. */
  readonly sameSite: 'Strict' | 'Lax';
}

/** Holds the refresh token of somebody who wants to stay signed in; sent to the routes of sessions alone. */
export const REFRESH_COOKIE: CookieKind = { name: 'refresh', path: '/v1/sessions', sameSite: 'Strict' };
/** Holds a sign-in elsewhere that has begun. */
export const FLOW_COOKIE: CookieKind = { name: 'sign-in', path: '/v1/sign-in', sameSite: 'Lax' };

type HeaderOf = (name: string) => string | undefined;

const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/;

/** On this machine alone a cookie may travel without TLS; the load balancer speaks plain HTTP to us, so the name decides. */
export function isSecure(header: HeaderOf | undefined): boolean {
  return !LOOPBACK.test(header?.('host') ?? '');
}

/** @param seconds how long the browser keeps it; undefined: until it is closed */
export function setCookie(kind: CookieKind, value: string, secure: boolean, seconds?: number): string {
  return `${nameOf(kind, secure)}=${value}; Path=${kind.path}; HttpOnly; SameSite=${kind.sameSite}${secure ? '; Secure' : ''}`
    + (seconds === undefined ? '' : `; Max-Age=${seconds}`);
}

export function clearCookie(kind: CookieKind, secure: boolean): string {
  return setCookie(kind, '', secure, 0);
}

/** Value of a cookie; undefined without it, and where there are two: one of them is somebody else's doing. */
export function readCookie(kind: CookieKind, header: HeaderOf | undefined): string | undefined {
  const name = nameOf(kind, isSecure(header));
  const values = (header?.('cookie') ?? '').split(';').flatMap((pair) => {
    const at = pair.indexOf('=');
    return at > 0 && pair.slice(0, at).trim() === name ? [pair.slice(at + 1).trim()] : [];
  });
  return values.length === 1 && values[0] !== '' ? values[0] : undefined;
}

/** Whether a browser sent it from a page of ours, as far as it says so; programs that are no browsers say nothing. */
export function isSameOrigin(header: HeaderOf | undefined): boolean {
  const site = header?.('sec-fetch-site');
  return site === undefined || site === 'same-origin' || site === 'none';
}

function nameOf({ name }: CookieKind, secure: boolean): string {
  return secure ? `__Secure-${name}` : name;
}
