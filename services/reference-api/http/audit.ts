import { createHash } from 'node:crypto';
import { ApiError } from './errors';
import type { Reply } from './reply';
import type { Route } from './route';
import type { AuditTrail } from '../../adapters/audit/audit-trail';
import { DomainError } from '../../domain';
import type { Logger } from '../../runtime';

/** What is known about a request that is written down. */
export interface Asked {
  /** Empty until it is known. */
  readonly accountId: string;
  readonly address?: string;
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

/** Fields that say what an operator did. Those of sign-in are left out: names and passwords are not for keeping. */
const TOLD = ['accountId', 'symbol', 'state', 'kind', 'killed', 'asset', 'amount', 'price', 'version', 'partition', 'id', 'keyId', 'label', 'depositId', 'subject', 'reason'];

/** A page asked whether its browser stays signed in, and it does not: every page does, and nobody was refused anything. */
const NOTHING_TRIED = 'not_remembered';

/**
 * Writes down what operators do, who signs in and what routes ask for by `audited`, with its outcome, refusals included. Orders are not among them:
 * the journal has each of them with its account before it is answered, and cannot be changed either.
 */
export class RequestAudit {
  constructor(private readonly trail: Pick<AuditTrail, 'add'>, private readonly logger: Logger) {}

  concerns(route: Route): boolean {
    return route.audited !== undefined || route.scope === 'operate' || route.rate === 'sign_in';
  }

  /** Runs `answer` and writes down what came of it; what it throws goes on to the caller. */
  async around<T extends Pick<Reply, 'status' | 'told'>>(route: Route, asked: () => Asked, answer: () => Promise<T>): Promise<T> {
    try {
      const reply = await answer();
      await this.write(route, asked(), reply.told?.outcome ?? 'ok', reply.told);
      return reply;
    } catch (error) {
      const outcome = error instanceof ApiError || error instanceof DomainError ? error.code : 'failed';
      if (outcome !== NOTHING_TRIED) await this.write(route, asked(), outcome);
      throw error;
    }
  }

  /** What was done is done, and in the journal: it is answered even when the table does not answer. */
  private async write(route: Route, asked: Asked, outcome: string, { actor, entity, detail: more }: NonNullable<Reply['told']> = {}): Promise<void> {
    const signIn = route.rate === 'sign_in';
    const action = route.audited ?? (signIn ? 'sign-in' : `operate ${route.method} ${route.path}`);
    const detail = signIn ? {} : { ...told(asked.params, asked.query, asked.body), ...more };
    const whose = actor ?? (signIn ? nameOf(asked.body) : asked.accountId);
    const named = detail.symbol === undefined ? detail.accountId && `account/${detail.accountId}` : `instrument/${detail.symbol}`;
    const own = signIn ? whose : `account/${whose}`;
    try {
      await this.trail.add({
        entity: (entity ?? named ?? (route.scope === 'operate' ? 'venue' : own)) || 'nobody', actor: whose || 'nobody', action, outcome, source: asked.address, detail,
      });
    } catch (error) {
      this.logger.error({ err: error, action, outcome }, 'the audit trail was not written');
    }
  }
}

/** The same user gives the same text, and the text gives no user: people type passwords into the wrong field. */
function nameOf(body: unknown): string {
  const { username } = fieldsOf(body);
  return typeof username === 'string' ? `name/${createHash('sha256').update(username.toLowerCase()).digest('hex').slice(0, 16)}` : '';
}

function told(...parts: readonly unknown[]): Record<string, string> {
  const fields: Record<string, unknown> = Object.assign({}, ...parts.map(fieldsOf));
  return Object.fromEntries(TOLD.filter((name) => fields[name] !== undefined && typeof fields[name] !== 'object').map((name) => [name, String(fields[name])]));
}

function fieldsOf(part: unknown): Record<string, unknown> {
  return typeof part === 'object' && part !== null ? part as Record<string, unknown> : {};
}
