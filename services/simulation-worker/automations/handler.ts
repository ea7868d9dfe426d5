import type { Redis } from 'ioredis';
import { AutomationRun } from './automation-run';
import type { OrderMemory } from './own-orders';
import { hasEnded, type StrategyAsk } from '../../adapters/jobs/automation';
import type { Automations } from '../../adapters/jobs/automations';
import type { TakenJob } from '../../adapters/jobs/job-queue';
import type { JournalWriter } from '../../adapters/journal/journal';
import type { PartitionMap } from '../../domain';
import type { Logger } from '../../runtime';
import type { MarketView } from '../mirror/market-mirror';
import type { JobContext } from '../queue/worker';
import type { LiveLimits } from '../strategies/live-strategy';
import { runStrategyAutomation } from '../strategies/strategy-automation';

export interface AutomationHandlerOptions {
  readonly automations: Automations;
  readonly memory: OrderMemory;
  readonly partitions: PartitionMap;
  readonly journal: JournalWriter;
  /** What all of them look at. */
  readonly view: MarketView;
  readonly limits: LiveLimits;
  readonly logger: Logger;
  /** A connection for what a strategy listens to: a channel that one view leaves would be lost to another. */
  connect(name: string): Redis;
  viewOf(accountId: string, connection: Redis): MarketView;
}

/** Looks after automations: finds the record of one and runs what it says. One without a record, or that has ended, is finished. */
export function automationHandler(options: AutomationHandlerOptions): (id: string, context: JobContext, job: TakenJob) => Promise<void> {
  const { automations, memory, partitions, journal, view, limits, logger, connect, viewOf } = options;
  return async (id, context, job) => {
    const automation = await automations.get(id);
    if (automation === undefined || hasEnded(automation)) return;
    const { ask, accountId } = automation;
    const partition = partitions.partitionOf(ask.symbol);
    if (ask.type !== 'strategy') {
      await new AutomationRun({ automation: { ...automation, ask }, job, automations, partition, journal, memory, view, logger }).run(context);
      return;
    }
    const own = connect(`strategy ${accountId}`);
    const strategy: StrategyAsk = ask;
    await runStrategyAutomation({
      automation: { ...automation, ask: strategy }, job, automations, memory,
      live: { partition, journal, view: viewOf(accountId, own), limits, logger },
    }, context).finally(() => own.disconnect());
  };
}
