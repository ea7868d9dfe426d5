import { ApiLedger } from './api-ledger';
import { depths, readTail, undrainedQueues } from './drain';
import { awsFault } from './faults';
import { FetchClient } from './fetch-client';
import { AWS_FAULTS, type AwsFlags } from './flags';
import { StackInventory } from './inventory';
import { crossingTraders, type SignedIn } from '../../bench/lib/traders';
import { Campaign, type CampaignResult } from '../drill/campaign';
import { AWS_LIMITS, DrillError } from '../drill/fault';
import { SYSTEM_OBJECTIVES, thresholdsOf } from '../drill/objectives';
import type { ProbeClient } from '../drill/probe';
import { DEFAULT_CRITERIA, type RecoveryCriteria } from '../judge/recovery';

/** Across the internet, with a ledger that is read twice a second. */
export const AWS_CRITERIA: RecoveryCriteria = { ...DEFAULT_CRITERIA, withinMs: 5_000 };
const TIMEOUT_MS = 5_000;
const RECOVERY_LIMIT_MS = 45 * 60_000;
const DRAIN_LIMIT_MS = 10 * 60_000;
const SIGN_IN_EVERY_MS = 8 * 60_000;

export interface AwsDrillResult {
  readonly result: CampaignResult;
  readonly problems: readonly string[];
}

/** Drills a deployed system. @throws DrillError before anything is touched when it may not be, NotRestoredError with the state that is left */
export async function drillOnAws(
  flags: AwsFlags, credentials: readonly [string, string], say: (line: string) => void, signal?: AbortSignal,
): Promise<AwsDrillResult> {
  const settings = { region: flags.region };
  const inventory = await StackInventory.open(settings, flags.account, flags.stacks);
  const fault = awsFault(flags, inventory);
  say(`${fault.name}: ${fault.what}`);
  const queues = inventory.all('AWS::SQS::Queue').map(({ physicalId }) => physicalId);
  const before = await depths(settings, queues.filter((url) => /dead|dlq/i.test(url)));
  const client = new FetchClient(flags.url, TIMEOUT_MS);
  const traders = await Traders.signIn(client, credentials);
  const startedAt = new Date();
  const campaign = new Campaign({
    probe: { client, rate: flags.rate, traders: () => crossingTraders(...traders.people), prefix: `d${startedAt.getTime().toString(36)}` },
    ledger: new ApiLedger(client, () => traders.people.map(({ token }) => token)),
    faults: [fault],
    rounds: flags.rounds,
    criteria: AWS_CRITERIA,
    objective: thresholdsOf(SYSTEM_OBJECTIVES[flags.system], AWS_FAULTS[flags.fault]),
    limits: AWS_LIMITS,
    ledgerPollMs: 500,
    recoveryLimitMs: RECOVERY_LIMIT_MS,
    jitterMs: 10_000,
    beforeRound: () => traders.renew(),
    say,
    signal,
  });
  const result = await campaign.run();
  say('waiting for queues and streams …');
  const undrained = await undrainedQueues(settings, queues, before, DRAIN_LIMIT_MS);
  for (const { physicalId } of inventory.all('AWS::Kinesis::Stream')) {
    const { records } = await readTail(settings, physicalId, startedAt, DRAIN_LIMIT_MS);
    say(`${physicalId} holds ${records} records since the drill began`);
  }
  return { result, problems: [...result.verdict.problems, ...undrained] };
}

/** The two accounts of the probe, and their tokens while they are valid. */
class Traders {
  private at = Date.now();

  private constructor(private readonly client: ProbeClient, public people: [SignedIn, SignedIn]) {}

  static async signIn(client: ProbeClient, [first, second]: readonly [string, string]): Promise<Traders> {
    return new Traders(client, [await signIn(client, first), await signIn(client, second)]);
  }

  async renew(): Promise<void> {
    if (Date.now() - this.at < SIGN_IN_EVERY_MS) return;
    const [first, second] = await Promise.all(this.people.map(({ username, password }) => signIn(this.client, `${username}:${password}`)));
    this.people = [first, second];
    this.at = Date.now();
  }
}

async function signIn(client: ProbeClient, credentials: string): Promise<SignedIn> {
  const colon = credentials.indexOf(':');
  const [username, password] = [credentials.slice(0, colon), credentials.slice(colon + 1)];
  const { status, body } = await client.send('POST', '/v1/sessions', {}, JSON.stringify({ username, password }));
  if (status !== 200) throw new DrillError(`${username} could not sign in: ${status}`);
  // The account is known to the API by the token alone.
  return { username, password, role: 'trader', accountId: '', token: (JSON.parse(body) as { accessToken: string }).accessToken };
}
