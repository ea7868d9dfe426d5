import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { type AccessControl, READ_ACCESS_CONTROL, restricted } from './access-control';
import { type Identity, identityOf } from './identity';
import type { PostgresAccessStore } from '../adapters/access/store';
import type { AuditTrail } from '../adapters/audit/audit-trail';
import type { Session } from '../adapters/sessions/session';
import type { Sessions } from '../adapters/sessions/sessions';
import type { Logger } from '../runtime';

export interface UserServiceOptions {
  readonly sessions: Sessions;
  readonly audit: Pick<AuditTrail, 'add'>;
  readonly access: AccessControl;
  /** Rules of operators, which stand above that, where the system has any. */
  readonly rules?: Pick<PostgresAccessStore, 'levelsOf'>;
  /** Ends the refresh tokens of the user whose access token it is. */
  readonly signOutEverywhere: (accessToken: string) => Promise<void>;
  readonly logger: Logger;
}

/** An answer; a body of undefined is none. */
interface Answer { readonly status: number; readonly body?: unknown }

type Handle = (identity: Identity, event: APIGatewayProxyEvent) => Promise<Answer>;

const refuse = (status: number, code: string, message: string): Answer => ({ status, body: { code, message } });
const ENDED = refuse(401, 'session_ended', 'This session is over; sign in again.');

/** Answers the routes of the user service. A route that needs a token is never reached without one: API Gateway has verified it. */
export class UserService {
  private readonly routes: Readonly<Record<string, Handle>> = {
    'GET /v1/users/me': (identity) => this.me(identity),
    'GET /v1/users/me/sessions': (identity) => this.list(identity),
    'DELETE /v1/users/me/sessions': (identity, event) => this.endAll(identity, event),
    'DELETE /v1/users/me/sessions/{sessionId}': (identity, event) => this.end(identity, event),
    'GET /v1/access-control': (identity) => this.accessControl(identity),
  };

  constructor(private readonly options: UserServiceOptions) {}

  async handle(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
    const { status, body } = await this.answer(event).catch((error: unknown): Answer => {
      this.options.logger.error({ err: error, route: event.resource }, 'a request failed');
      return refuse(503, 'unavailable', 'Try again in a moment.');
    });
    return {
      statusCode: status,
      headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
      body: body === undefined ? '' : JSON.stringify(body),
    };
  }

  private async answer(event: APIGatewayProxyEvent): Promise<Answer> {
    const route = this.routes[`${event.httpMethod} ${event.resource}`];
    if (route === undefined) return refuse(404, 'not_found', `There is nothing at ${event.httpMethod} ${event.path}.`);
    const identity = identityOf(event.requestContext.authorizer?.claims);
    if (identity === undefined) return refuse(401, 'unauthorized', 'Send an access token of the user pool.');
    const seen = await this.options.sessions.see({ ...identity, client: event.requestContext.identity?.userAgent ?? undefined });
    if (seen === undefined) return ENDED;
    const source = sourceOf(event);
    if (seen === 'new') await this.begin(identity, source);
    return route(identity, event);
  }

  private async begin({ userId, sessionId }: Identity, source: string): Promise<void> {
    const { sessions, audit } = this.options;
    await audit.add({ entity: `session/${sessionId}`, actor: userId, action: 'session.begin', outcome: 'ok', source });
    for (const ended of await sessions.endBeyondLimit(userId)) {
      await audit.add({ entity: `session/${ended}`, actor: userId, action: 'session.end', outcome: 'beyond the limit', source });
    }
  }

  private async me({ userId, username, groups, sessionId }: Identity): Promise<Answer> {
    const { access, rules } = this.options;
    const base = access.of(groups);
    // While nobody can read them, nobody is told what might not be true: the answer is 503.
    const mine = rules === undefined ? base : restricted(base, await rules.levelsOf(userId, groups));
    return { status: 200, body: { userId, username, groups, sessionId, ...mine } };
  }

  private async list({ userId, sessionId }: Identity): Promise<Answer> {
    const sessions = await this.options.sessions.list(userId);
    return { status: 200, body: { sessions: sessions.map((one) => ({ ...shown(one), current: one.sessionId === sessionId })) } };
  }

  private async end({ userId }: Identity, event: APIGatewayProxyEvent): Promise<Answer> {
    const sessionId = event.pathParameters?.sessionId ?? '';
    const ended = await this.options.sessions.end(userId, sessionId);
    // Somebody else's session is as if it were not there, in the answer and not in the log.
    await this.options.audit.add({
      entity: `session/${sessionId}`, actor: userId, action: 'session.end', outcome: ended ? 'ok' : 'not found', source: sourceOf(event),
    });
    return ended ? { status: 204 } : refuse(404, 'not_found', 'You have no such session.');
  }

  /** The table first: from then on no token of these sessions is good here, whatever becomes of the call to Cognito. */
  private async endAll({ userId }: Identity, event: APIGatewayProxyEvent): Promise<Answer> {
    const { sessions, audit, signOutEverywhere, logger } = this.options;
    const mine = await sessions.endAll(userId);
    for (const sessionId of mine) {
      await audit.add({ entity: `session/${sessionId}`, actor: userId, action: 'session.end', outcome: 'ok', source: sourceOf(event) });
    }
    const token = (event.headers.Authorization ?? event.headers.authorization ?? '').replace(/^Bearer /, '');
    const refreshTokensRevoked = await signOutEverywhere(token).then(() => true, (error: unknown) => {
      logger.warn({ err: error }, 'refresh tokens were not revoked');
      return false;
    });
    return { status: 200, body: { ended: mine.length, refreshTokensRevoked } };
  }

  private async accessControl({ groups }: Identity): Promise<Answer> {
    const { access } = this.options;
    if (!access.of(groups).permissions.includes(READ_ACCESS_CONTROL)) return refuse(403, 'forbidden', 'Your groups may not read the access list.');
    return { status: 200, body: { groups: access.list() } };
  }
}

/** Address as API Gateway saw it, and what the client calls itself. */
function sourceOf({ requestContext: { identity } }: APIGatewayProxyEvent): string {
  return [identity?.sourceIp, identity?.userAgent].filter((part) => part).join(' ');
}

function shown({ sessionId, signedInAt, lastSeenAt, expiresAt, client }: Session): object {
  const time = (seconds: number): string => new Date(seconds * 1_000).toISOString();
  return { sessionId, signedInAt: time(signedInAt), lastSeenAt: time(lastSeenAt), expiresAt: time(expiresAt), client };
}
