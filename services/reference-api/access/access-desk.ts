import type { z } from 'zod';
import type { AccessCopy } from './access-copy';
import {
  type accessAnswer, type changedAnswer, cursorOf, type Removal, type ruleAnswer, type RuleBody, type RuleList, type ruleListAnswer, ruleView,
} from './request';
import type { Rights } from './rights';
import { type AccessRule, ACTIONS, type Subject } from '../../adapters/access/rule';
import { type AccessStore, type Changed, MOST_RULES } from '../../adapters/access/store';
import type { Logger } from '../../runtime';
import { ApiError, notHere, unavailable } from '../http/errors';
import type { InstrumentCatalog } from '../market/instrument-catalog';

export interface AccessDeskOptions {
  /** Undefined where the system keeps no rules. */
  readonly store?: AccessStore;
  readonly copy: AccessCopy;
  readonly catalog: InstrumentCatalog;
  /** What one user may order in a second. */
  readonly ordersPerSecond?: number;
  readonly logger: Logger;
}

/** A change that was made, with what there was. */
export interface RuleChanged {
  readonly answer: z.output<typeof changedAnswer>;
  readonly before?: AccessRule;
  readonly after?: AccessRule;
}

/** Where operators see and change the rules, and users see what they may do. */
export class AccessDesk {
  constructor(private readonly options: AccessDeskOptions) {}

  /** The rules as they are kept, not as this task knows them. @throws ApiError 404, 503 */
  async list({ limit, cursor }: RuleList): Promise<z.output<typeof ruleListAnswer>> {
    const rows = await this.asked((store) => store.list(limit + 1, cursor));
    const page = rows.slice(0, limit);
    return { rules: page.map(ruleView), ...(rows.length > limit ? { nextCursor: cursorOf(page[page.length - 1]) } : {}) };
  }

  /** @throws ApiError 404, 503 */
  async get(subject: Subject): Promise<z.output<typeof ruleAnswer>> {
    const found = await this.asked((store) => store.find(subject));
    if (!found) throw unknown();
    return ruleView(found);
  }

  /** @throws ApiError 404, 409, 503 */
  async put(subject: Subject, { version, reason, ...rule }: RuleBody, by: string): Promise<RuleChanged> {
    const changed = await this.asked((store) => store.change({ ...subject, version, reason, rule, by }));
    return this.done(subject, changed, by, reason, rule);
  }

  /** @throws ApiError 404, 409, 503 */
  async remove(subject: Subject, { version, reason }: Removal, by: string): Promise<RuleChanged> {
    const changed = await this.asked((store) => store.change({ ...subject, version, reason, by }));
    if (changed.outcome === 'conflict' && changed.version === 0) throw unknown();
    return this.done(subject, changed, by, reason);
  }

  /** What somebody may do. */
  mine(rights: Rights): z.output<typeof accessAnswer> {
    const { copy, catalog, ordersPerSecond = Infinity } = this.options;
    const symbols = catalog.list().map(({ symbol }) => symbol);
    const [apiKeys, all] = [rights.addresses('api_key'), rights.addresses('token')];
    const most = Math.min(ordersPerSecond, rights.ordersPerSecond ?? Infinity);
    return {
      actions: Object.fromEntries(ACTIONS.map((action) => [action, rights.may(action)])) as Record<(typeof ACTIONS)[number], boolean>,
      instruments: { allowed: symbols.filter((one) => rights.mayTrade(one)), denied: symbols.filter((one) => !rights.mayTrade(one)) },
      ...(Number.isFinite(most) ? { ordersPerSecond: most } : {}),
      addresses: { ...(apiKeys ? { apiKeys: [...apiKeys] } : {}), ...(all ? { all: [...all] } : {}) },
      ...(copy.ageMs === undefined ? {} : { ageMs: copy.ageMs }),
    };
  }

  private async done({ kind, id }: Subject, changed: Changed, by: string, reason: string, after?: AccessRule): Promise<RuleChanged> {
    const { version } = changed;
    if (changed.outcome === 'full') throw new ApiError(409, 'too_many_access_rules', `There are ${MOST_RULES} rules, which is all that there may be; remove one first.`);
    if (changed.outcome !== 'changed') {
      throw new ApiError(409, 'version_conflict', version === 0 ? 'There is no such rule yet: send version 0.' : `Somebody has changed the rule: it is at version ${version} now. Look at it first.`, { version });
    }
    this.options.logger.info({ operator: by, kind, id, version, reason, removed: after === undefined }, 'an access rule was changed');
    // By the time of the answer this task goes by it.
    await this.options.copy.announce(changed.revision);
    return { answer: { kind, id, version }, before: changed.before, after };
  }

  private async asked<T>(ask: (store: AccessStore) => Promise<T>): Promise<T> {
    const { store } = this.options;
    if (store === undefined) throw notHere('access_rules', 'This system keeps no access rules.');
    try {
      return await ask(store);
    } catch (error) {
      throw Object.assign(unavailable('access_unavailable', 'The access rules cannot be reached at the moment.'), { cause: error });
    }
  }
}

const unknown = (): ApiError => new ApiError(404, 'unknown_access_rule', 'There is no rule for them.');
