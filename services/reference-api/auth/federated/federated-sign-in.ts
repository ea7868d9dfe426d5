import { createHash } from 'node:crypto';
import { type Flow, FLOW_SECONDS, isStateOf, newFlow, openFlow, sealFlow } from './flow';
import type { Logger } from '../../../runtime';
import { clearCookie, FLOW_COOKIE, isSecure, readCookie, setCookie } from '../cookies';
import type { RefreshTokens } from '../refresh-tokens';
import { remember } from '../remembered';
import type { SecretBox } from '../secret-box';
import type { TokenVerifier } from '../token-verifier';

/** Why a sign-in elsewhere came to nothing, as the page is told. */
export type SignInFailure = 'denied' | 'expired' | 'failed' | 'unavailable';

/** A sign-in elsewhere that came to nothing. */
export class SignInFailedError extends Error {
  /** @param reason for the log; never anything that came from outside */
  constructor(readonly failure: SignInFailure, readonly reason: string) {
    super(reason);
    this.name = 'SignInFailedError';
  }
}

/** What a code was exchanged for, as far as it has been verified: the id token, and that it belongs to this sign-in. */
export interface ExchangedTokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  /** The id token's `sub`. */
  readonly subject: string;
}

/** The sign-in pages of one client: authorization codes with PKCE. */
export interface CodeClient extends RefreshTokens {
  /** Where the browser goes. @param provider such as `Google`, for those who do not want to choose there */
  authorizationUrl(flow: Pick<Flow, 'state' | 'nonce' | 'verifier'>, provider: string): Promise<string>;
  /** @throws SignInFailedError */
  exchange(answer: URLSearchParams, flow: Pick<Flow, 'state' | 'nonce' | 'verifier'>): Promise<ExchangedTokens>;
}

export interface FederatedSignInOptions {
  readonly client: CodeClient;
  /** Names of the providers that there are, as the pool knows them. */
  readonly providers: readonly string[];
  readonly box: SecretBox;
  readonly verifier: TokenVerifier;
  /** Takes a name and says whether it is the first to; a name is kept for some seconds. */
  readonly once: (name: string, seconds: number) => Promise<boolean>;
  readonly logger: Logger;
}

/** Where a browser is sent, with cookies. */
export interface Sent {
  readonly location: string;
  readonly cookies: readonly string[];
  /** Undefined when all is well. */
  readonly failure?: SignInFailure;
  readonly accountId?: string;
}

type HeaderOf = ((name: string) => string | undefined) | undefined;

/** Signs users in on pages elsewhere. What belongs to one sign-in is in a sealed cookie of the browser that began it, and in no other. */
export class FederatedSignIn {
  constructor(private readonly options: FederatedSignInOptions) {}

  get providers(): readonly string[] {
    return this.options.providers;
  }

  get tokens(): RefreshTokens {
    return this.options.client;
  }

  /** Begins a sign-in. */
  async begin(header: HeaderOf, { provider, returnTo = '/', remember: keep = false }: {
    readonly provider: string; readonly returnTo?: string; readonly remember?: boolean;
  }): Promise<Sent> {
    const { box, client } = this.options;
    const flow = newFlow(returnTo, keep);
    return {
      location: await client.authorizationUrl(flow, provider),
      cookies: [setCookie(FLOW_COOKIE, sealFlow(box, flow), isSecure(header), FLOW_SECONDS)],
    };
  }

  /** Takes what the sign-in pages answered. Never fails because of it: the browser is sent to the page either way, without a token. */
  async finish(header: HeaderOf, answer: URLSearchParams): Promise<Sent> {
    const over = clearCookie(FLOW_COOKIE, isSecure(header));
    try {
      const { flow, tokens, accountId } = await this.exchange(readCookie(FLOW_COOKIE, header), answer);
      return {
        location: flow.returnTo, cookies: [remember(header, { client: 'f', refreshToken: tokens.refreshToken }, flow.remember), over], accountId,
      };
    } catch (error) {
      if (!(error instanceof SignInFailedError)) this.options.logger.error({ err: error }, 'a sign-in elsewhere failed');
      else if (error.failure !== 'denied') this.options.logger.warn({ reason: error.reason }, 'a sign-in elsewhere came to nothing');
      const failure = error instanceof SignInFailedError ? error.failure : 'failed';
      // An answer that is not that of this browser's sign-in must not end it.
      return { location: `/?signInError=${failure}`, cookies: failure === 'expired' ? [] : [over], failure };
    }
  }

  private async exchange(cookie: string | undefined, answer: URLSearchParams): Promise<{ flow: Flow; tokens: ExchangedTokens; accountId: string }> {
    const { box, client, verifier } = this.options;
    const flow = openFlow(box, cookie);
    if (!flow) throw new SignInFailedError('expired', 'no sign-in of this browser is under way');
    if (!isStateOf(flow, answer.get('state') ?? undefined)) throw new SignInFailedError('expired', 'the answer belongs to another sign-in');
    if (!await this.isFirst(flow)) throw new SignInFailedError('expired', 'the sign-in was finished before');
    const tokens = await client.exchange(answer, flow);
    const { accountId } = await verifier.verify(tokens.accessToken).catch(() => {
      throw new SignInFailedError('failed', 'the access token is none that is accepted here');
    });
    if (accountId !== tokens.subject) throw new SignInFailedError('failed', 'the tokens are of two users');
    return { flow, tokens, accountId };
  }

  /** The pages take a code once, by their word; this is ours. While the cache is away theirs has to do. */
  private async isFirst({ state }: Flow): Promise<boolean> {
    return this.options.once(createHash('sha256').update(state).digest('hex'), FLOW_SECONDS).catch(() => true);
  }
}
