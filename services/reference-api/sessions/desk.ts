import type { SessionWatch } from './watch';
import type { Session } from '../../adapters/sessions/session';
import type { Sessions } from '../../adapters/sessions/sessions';
import type { Logger } from '../../runtime';
import type { UserPoolTokens } from '../auth/refresh-tokens';
import { type Remembered, type TokenClients } from '../auth/remembered';
import type { Caller } from '../auth/token-verifier';
import { ApiError, notHere, unavailable } from '../http/errors';

/** Where sessions are kept, and who hears of their ends. */
export interface KeptSessions {
  readonly store: Sessions;
  readonly watch: SessionWatch;
}

export interface SessionDeskOptions {
  /** Undefined where the system keeps none. */
  readonly kept?: KeptSessions;
  /** Undefined where nobody stays signed in. */
  readonly tokens?: TokenClients & { readonly p: UserPoolTokens };
  /** Deletes the API keys of an account, with what goes by them; answers how many there were. */
  readonly deleteApiKeys: (accountId: string) => Promise<number>;
  readonly logger: Logger;
}

/** What ending a session came to. */
export interface Ended {
  /** Whether its access tokens are over as well. */
  readonly ended: boolean;
  readonly refreshTokensRevoked: boolean;
}

const unknownSession = (): ApiError => new ApiError(404, 'unknown_session', 'You have no such session.');

/** What users do with their sessions. */
export class SessionDesk {
  constructor(private readonly options: SessionDeskOptions) {}

  get keepsSessions(): boolean {
    return this.options.kept !== undefined;
  }

  get remembers(): boolean {
    return this.options.tokens !== undefined;
  }

  /** @throws ApiError 404 `feature_not_here`, 503 */
  async list({ accountId, sessionId }: Caller) {
    const { store } = this.required();
    const sessions = await asked(() => store.list(accountId));
    return { sessions: sessions.map((one) => ({ ...viewOf(one), current: one.sessionId === sessionId })) };
  }

  /**
   * Ends one session.
   *
   * @param id of the session, or `current`
   * @throws ApiError 404 for a session that is unknown or another user's: the two look the same; 503
   */
  async end(caller: Caller, id: string, remembered: Remembered | undefined): Promise<Ended> {
    if (id !== 'current' && id !== caller.sessionId) {
      await this.close(caller.accountId, id);
      // Its refresh token is in another browser: whatever that one gets for it belongs to a session that is over.
      return { ended: true, refreshTokensRevoked: false };
    }
    const ended = await this.endOwn(caller);
    return { ended, refreshTokensRevoked: await this.revoke(remembered) };
  }

  /** Ends all sessions of a user. @throws ApiError 404 `feature_not_here`, 503 */
  async endAll({ accountId }: Caller, accessToken: string | undefined, apiKeys: boolean) {
    const { store, watch } = this.required();
    const ids = await asked(() => store.endAll(accountId, apiKeys));
    const at = Math.floor(Date.now() / 1_000);
    await watch.tell([{ kind: 'user', id: accountId, at }, ...(apiKeys ? [{ kind: 'keys' as const, id: accountId, at }] : [])]);
    const apiKeysDeleted = apiKeys ? await this.options.deleteApiKeys(accountId) : 0;
    const { tokens, logger } = this.options;
    const refreshTokensRevoked = accessToken === undefined || tokens === undefined ? false
      : await tokens.p.signOutEverywhere(accessToken).then(() => true, (error: unknown) => {
        logger.warn({ err: error }, 'refresh tokens were not revoked');
        return false;
      });
    logger.info({ accountId, sessions: ids.length, apiKeysDeleted }, 'a user signed out everywhere');
    return { ended: ids.length, refreshTokensRevoked, apiKeysDeleted };
  }

  /** Whether a session may get another access token: this one asks the table itself, as long as it answers. */
  async mayGoOn({ accountId: userId, sessionId, signedInAt }: Caller): Promise<boolean> {
    const { kept, logger } = this.options;
    if (!kept || sessionId === undefined || signedInAt === undefined) return true;
    try {
      return await kept.store.see({ userId, sessionId, signedInAt }) !== undefined;
    } catch (error) {
      logger.warn({ err: error }, 'a session goes on without a look into its table');
      return true;
    }
  }

  /** Makes a refresh token worthless, if there is one. Never fails: the session is over either way. */
  async revoke(remembered: Remembered | undefined): Promise<boolean> {
    const { tokens, logger } = this.options;
    const client = remembered && tokens?.[remembered.client];
    if (!client) return false;
    return client.revoke(remembered.refreshToken).then(() => true, (error: unknown) => {
      logger.warn({ err: error }, 'a refresh token was not revoked');
      return false;
    });
  }

  private async endOwn({ accountId: userId, sessionId, signedInAt }: Caller): Promise<boolean> {
    const { kept } = this.options;
    if (!kept || sessionId === undefined || signedInAt === undefined) return false;
    // The table may not have heard of it yet.
    await asked(() => kept.store.see({ userId, sessionId, signedInAt }));
    await this.close(userId, sessionId);
    return true;
  }

  private async close(accountId: string, id: string): Promise<void> {
    const { store, watch } = this.required();
    if (!await asked(() => store.end(accountId, id))) throw unknownSession();
    await watch.tell([{ kind: 'session', id, at: Math.floor(Date.now() / 1_000) }]);
    this.options.logger.info({ accountId, sessionId: id }, 'a session was ended');
  }

  private required(): KeptSessions {
    if (this.options.kept) return this.options.kept;
    throw notHere('sessions', 'This system keeps no sessions: a token is good until it expires.');
  }
}

async function asked<T>(question: () => Promise<T>): Promise<T> {
  try {
    return await question();
  } catch (error) {
    throw Object.assign(unavailable('sessions_unavailable', 'Sessions cannot be looked up at the moment. Try again in a moment.'), { cause: error });
  }
}

function viewOf({ sessionId: id, signedInAt, lastSeenAt, expiresAt, client }: Session) {
  const at = (seconds: number): number => seconds * 1_000;
  return { id, signedInAt: at(signedInAt), lastSeenAt: at(lastSeenAt), expiresAt: at(expiresAt), ...(client === undefined ? {} : { client }) };
}
