import type { LoadJob } from './job';
import { LedgerAudit, type Reconciliation } from './ledger';
import { paperVenue } from './paper-venue';
import { crossingTraders, fundedTraders } from './traders';
import type { Platform } from '../../local/platform';

/** What a system knows of orders that were acknowledged. */
export interface Books {
  /** How many of these orders have ended. */
  ended(orderIds: readonly string[]): Promise<number>;
  /** Waits until all of these orders have ended, or the time is over. */
  untilEnded(orderIds: readonly string[], limitMs: number): Promise<number>;
  /** Compares what was acknowledged with what is there. */
  reconcile(orderIds: readonly string[]): Promise<Reconciliation>;
  close(): Promise<void>;
}

/** A running system from a benchmark's point of view: the way in, who trades, and where to look afterwards. */
export interface Venue {
  readonly way: Pick<LoadJob, 'url' | 'streamUrl' | 'door' | 'fills' | 'traders'>;
  openBooks(): Promise<Books>;
}

/** Finds out how a platform is traded at, and makes two accounts ready to. */
export async function openVenue(platform: Platform): Promise<Venue> {
  const description = platform.describe();
  const { baseUrl: url, databaseUrl, resources } = description;
  if (!platform.processes().some(({ service }) => service === 'reference-api')) return paperVenue(platform);
  if (databaseUrl === undefined) throw new Error('the platform has no database to reconcile with');
  const accounts = await fundedTraders(platform.users, url);
  const atGateway = Object.values(resources).some(({ type }) => type === 'AWS::ApiGatewayV2::Stage');
  return {
    way: {
      url, fills: true, traders: crossingTraders(...accounts),
      ...(atGateway ? { door: 'gateway', streamUrl: description.wsUrl } : { door: 'service' }),
    },
    openBooks: async () => {
      const audit = await LedgerAudit.connect(databaseUrl);
      return {
        ended: (ids) => audit.ended(ids),
        untilEnded: (ids, limitMs) => audit.untilEnded(ids, limitMs),
        reconcile: (ids) => audit.reconcile(ids, accounts.map(({ accountId }) => accountId)),
        close: () => audit.close(),
      };
    },
  };
}
