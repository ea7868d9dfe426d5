import { LiveStrategy, type LiveStrategyOptions, type StrategyState } from './live-strategy';
import type { Automation, AutomationOrder, StrategyAsk } from '../../adapters/jobs/automation';
import type { Automations } from '../../adapters/jobs/automations';
import type { TakenJob } from '../../adapters/jobs/job-queue';
import { type OrderUpdate, watchedOrderKey } from '../../domain';
import type { StrategyError } from '../../domain/strategy';
import type { OrderMemory } from '../automations/own-orders';
import type { JobContext } from '../queue/worker';

export interface StrategyAutomationOptions {
  readonly automation: Automation & { readonly ask: StrategyAsk };
  readonly job: Pick<TakenJob, 'owner'>;
  readonly automations: Pick<Automations, 'save' | 'end' | 'isCancelRequested'>;
  readonly memory: Pick<OrderMemory, 'hvals'>;
  /** What it runs in. */
  readonly live: Pick<LiveStrategyOptions, 'partition' | 'journal' | 'view' | 'limits' | 'logger'>;
  /** Milliseconds between two looks whether somebody wants it ended. Default 1,000. */
  readonly lookMs?: number;
}

/** Runs a strategy that a user began, in the user's own account: it knows its own orders and its own holdings, and touches nothing else. */
export async function runStrategyAutomation(options: StrategyAutomationOptions, { signal, works }: JobContext): Promise<void> {
  const { automation, job, automations, memory, live, lookMs = 1_000 } = options;
  const { id, accountId, ask } = automation;
  const ending = new AbortController();
  let fault: StrategyError | undefined;
  // Before that there may be orders of the worker before, which are taken back at the beginning.
  let hasBegun = false;
  const asking = setInterval(() => {
    if (!hasBegun) return;
    automations.isCancelRequested(id).then((requested) => { if (requested) ending.abort('stopping'); }, () => undefined);
  }, lookMs);
  try {
    await new LiveStrategy({
      ...live,
      symbol: ask.symbol, accountId, strategy: ask.strategy, intervalMs: ask.intervalSeconds * 1_000, budget: ask.budget,
      onEnded: (error) => { fault = error; },
      memory: {
        initial: automation.state as StrategyState | undefined,
        save: async (state) => {
          const saved = await automations.save(id, job.owner, {
            status: state.open.length === 0 && state.holdings.seq === 0 ? 'waiting' : 'working', state,
            orders: state.open.map((orderId): AutomationOrder => ({ orderId, role: 'entry' })),
          });
          hasBegun = true;
          return saved;
        },
        updates: async (orderId) => (await memory.hvals(watchedOrderKey(orderId))).map((text) => JSON.parse(text) as OrderUpdate),
      },
    }).run({ signal: AbortSignal.any([signal, ending.signal]), works });
  } finally {
    clearInterval(asking);
  }
  if (signal.aborted) return;
  if (fault !== undefined) await automations.end(automation, job.owner, 'failed', fault.code);
  else if (ending.signal.aborted) await automations.end(automation, job.owner, 'cancelled');
}
