import { clearCookie, isSecure, readCookie, REFRESH_COOKIE, setCookie } from './cookies';
import type { RefreshTokens } from './refresh-tokens';

/** Seconds for which a browser keeps a refresh token: as long as the pool's are good. */
const KEPT_SECONDS = 86_400;

/** Client that a refresh token belongs to: that of passwords, or that of the sign-in pages. */
export type TokenClient = 'p' | 'f';

/** A refresh token as it came in its cookie. */
export interface Remembered {
  readonly client: TokenClient;
  readonly refreshToken: string;
}

type HeaderOf = ((name: string) => string | undefined) | undefined;

/** The cookie of a refresh token, which says whose client it is. @param keep whether it outlives the browser */
export function remember(header: HeaderOf, { client, refreshToken }: Remembered, keep: boolean): string {
  return setCookie(REFRESH_COOKIE, `${client}${keep ? 'k' : 's'}.${refreshToken}`, isSecure(header), keep ? KEPT_SECONDS : undefined);
}

export function forget(header: HeaderOf): string {
  return clearCookie(REFRESH_COOKIE, isSecure(header));
}

export function remembered(header: HeaderOf): Remembered & { readonly keep: boolean } | undefined {
  const [, client, keep, refreshToken] = /^([pf])([ks])\.([A-Za-z0-9._~+/=-]{16,3900})$/.exec(readCookie(REFRESH_COOKIE, header) ?? '') ?? [];
  return refreshToken === undefined ? undefined : { client: client as TokenClient, refreshToken, keep: keep === 'k' };
}

/** Refresh tokens by client; the sign-in pages are not everywhere. */
export type TokenClients = { readonly p: RefreshTokens; readonly f?: RefreshTokens };
