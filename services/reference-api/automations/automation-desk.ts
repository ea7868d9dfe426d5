import type { z } from 'zod';
import { type AutomationBody, automationAsk } from './request';
import { type acceptedAutomation, type automation, automationView } from './view';
import { hasEnded } from '../../adapters/jobs/automation';
import type { Automations } from '../../adapters/jobs/automations';
import { isUuid } from '../../domain';
import { ApiError, notHere, unavailable } from '../http/errors';
import type { InstrumentCatalog } from '../market/instrument-catalog';

type View = z.output<typeof automation>;

const unknown = (): ApiError => new ApiError(404, 'unknown_automation', 'There is no such automation.');

/** What users ask workers to look after. */
export class AutomationDesk {
  /** @param automations absent where a system has no workers */
  constructor(private readonly automations: Automations | undefined, private readonly catalog: InstrumentCatalog) {}

  /** @throws DomainError, ApiError 404, 409, 422, 503 */
  async create(accountId: string, body: AutomationBody, clientAutomationId?: string): Promise<z.output<typeof acceptedAutomation>> {
    const automations = this.required();
    const ask = automationAsk(this.catalog.require(body.symbol), body);
    const { outcome, id } = await asked(automations.create(accountId, ask, clientAutomationId));
    if (outcome === 'other') {
      const name = JSON.stringify(clientAutomationId);
      throw new ApiError(422, 'client_automation_id_reused', `The client automation id ${name} belongs to a different automation.`, { id });
    }
    if (outcome === 'full') throw new ApiError(409, 'too_many_automations', 'The account has as many automations as it may; end one of them first.');
    if (outcome === 'busy') throw unavailable('automations_busy', 'The workers have all that they can bear; nothing was taken. Try again later.');
    return { id, ...(clientAutomationId === undefined ? {} : { clientAutomationId }) };
  }

  async list(accountId: string): Promise<readonly View[]> {
    const all = await asked(this.required().list(accountId));
    return all.map((one) => automationView(this.catalog.require(one.ask.symbol), one));
  }

  /** @throws ApiError 404 for one that is unknown or another user's: the two look the same */
  async get(accountId: string, id: string): Promise<View> {
    const found = isUuid(id) ? await asked(this.required().get(id)) : undefined;
    if (found?.accountId !== accountId) throw unknown();
    return automationView(this.catalog.require(found.ask.symbol), found);
  }

  /** Asks for an end. @throws ApiError 404 as `get` */
  async cancel(accountId: string, id: string): Promise<void> {
    if (!isUuid(id) || !await asked(this.required().cancel(accountId, id))) throw unknown();
  }

  /** Asks for the end of all that an account has; of none where a system has no workers. @throws ApiError 503 */
  async endAll(accountId: string): Promise<void> {
    const { automations } = this;
    if (automations === undefined) return;
    const active = (await asked(automations.list(accountId))).filter((one) => !hasEnded(one));
    await asked(Promise.all(active.map(({ id }) => automations.cancel(accountId, id))));
  }

  private required(): Automations {
    if (this.automations === undefined) throw notHere('automations', 'This system has no workers that could look after anything.');
    return this.automations;
  }
}

/** The records are in the cache alone. @throws ApiError 503 */
async function asked<T>(answer: Promise<T>): Promise<T> {
  return answer.catch(() => {
    throw unavailable('automations_unavailable', 'Automations cannot be reached at the moment. Repeat the request with the same id.');
  });
}
