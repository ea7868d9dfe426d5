import { chosenFaults, localFaults } from './faults';
import { LocalSystem } from './system';
import { HttpClient } from '../../bench/lib/http-client';
import { brokenVariant } from '../broken/early-api';
import { Campaign, type CampaignResult } from '../drill/campaign';
import { LOCAL_LIMITS, messageOf } from '../drill/fault';
import { localThresholds, SYSTEM_OBJECTIVES } from '../drill/objectives';
import { DEFAULT_CRITERIA, type RecoveryCriteria } from '../judge/recovery';

export interface LocalDrillOptions {
  readonly assembly: string;
  readonly rate: number;
  readonly rounds: number;
  readonly tasks: number;
  readonly holdMs: number;
  /** Names of the faults; undefined for all. */
  readonly faults?: readonly string[];
  readonly criteria?: RecoveryCriteria;
  readonly say: (line: string) => void;
  readonly signal?: AbortSignal;
}

export interface LocalDrillResult {
  readonly result: CampaignResult;
  /** Everything that is wrong, as sentences. */
  readonly problems: readonly string[];
}

const SYSTEM = 'RealtimeSimulator';
/** A request that takes longer is given up; nobody knows of it then. */
const TIMEOUT_MS = 2_000;
/** More than wait within the timeout at any rate that this machine can send. */
const CONNECTIONS = 2_048;
const RECOVERY_LIMIT_MS = 120_000;

/** Drills the system on this machine. @throws DrillError, and LocalError when the system does not come up */
export async function drillLocally(options: LocalDrillOptions, project?: string): Promise<LocalDrillResult> {
  const { assembly, rate, rounds, tasks, holdMs, faults, say, signal, criteria = DEFAULT_CRITERIA } = options;
  say('starting the system …');
  const system = await LocalSystem.start({ assembly, project, tasks, signal });
  let failed = true;
  try {
    const campaign = new Campaign({
      probe: {
        client: new HttpClient({ url: system.url, connections: CONNECTIONS, timeoutMs: TIMEOUT_MS }), rate, traders: () => system.traders(), prefix: `d${Date.now().toString(36)}`,
      },
      ledger: system.ledger,
      faults: chosenFaults(localFaults({ system, holdMs }), faults),
      rounds,
      criteria,
      objective: localThresholds(SYSTEM_OBJECTIVES[SYSTEM]),
      limits: LOCAL_LIMITS,
      ledgerPollMs: 50,
      recoveryLimitMs: RECOVERY_LIMIT_MS,
      jitterMs: 1_000,
      beforeRound: () => system.renewTokens(),
      say,
      signal,
    });
    const result = await Promise.race([system.platform.failed, campaign.run()]);
    const acknowledged = result.operations.flatMap(({ orderId }) => orderId ?? []);
    const violations = await system.ledger.violations(acknowledged);
    failed = false;
    return { result, problems: [...result.verdict.problems, ...violations] };
  } finally {
    if (failed && !signal?.aborted) say(`the data and the logs of the system stay in ${system.folder}`);
    await system.stop(failed && !signal?.aborted);
  }
}

/** Whether a variant that acknowledges before the journal has the order is found out: the same drill, the same judge, one module replaced. */
export async function brokenIsCaught(options: LocalDrillOptions): Promise<boolean> {
  const { assembly, say } = options;
  say('building an API that acknowledges too early …');
  const variant = await brokenVariant(assembly);
  try {
    const { result: { verdict } } = await drillLocally(
      { ...options, assembly: variant.assembly, faults: ['api-kill'], rounds: 1 }, variant.project);
    const [fault] = verdict.faults;
    say(`the broken API: ${fault.acknowledged} acknowledged, ${fault.lost} lost; ${fault.problems.join('; ') || 'the judge found nothing'}`);
    return fault.lost > 0 && fault.problems.some((problem) => problem.includes('are lost'));
  } catch (error) {
    // A drill that breaks off has judged nothing.
    say(`the drill of the broken API broke off: ${messageOf(error)}`);
    return false;
  } finally {
    variant.remove();
  }
}
