import { DrillError, type Fault, type FaultLimits, injectAndRestore, sleep } from './fault';
import { HistoryLog } from './history-log';
import { type LedgerView, LedgerWatcher } from './ledger-view';
import { Probe, type ProbeOptions } from './probe';
import type { LedgerRow, Operation, Repetitions } from '../judge/history';
import { findRecovery, type RecoveryCriteria } from '../judge/recovery';
import { type DrillVerdict, judge, type Objective, type Round } from '../judge/verdict';

export interface CampaignOptions {
  readonly probe: ProbeOptions;
  readonly ledger: LedgerView;
  readonly faults: readonly Fault[];
  /** Times that each fault is injected. Faults take turns, so that what happens on the machine meets all of them. */
  readonly rounds: number;
  readonly criteria: RecoveryCriteria;
  readonly objective: Objective;
  readonly limits: FaultLimits;
  /** Milliseconds between two looks at the ledger. */
  readonly ledgerPollMs: number;
  /** Longest wait for good seconds before a fault and behind it, in milliseconds. */
  readonly recoveryLimitMs: number;
  /** Faults come at any time within so many milliseconds. */
  readonly jitterMs: number;
  /** Called before each round: the place to renew what runs out. */
  readonly beforeRound?: () => Promise<void>;
  readonly say: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** All that a drill has seen. */
export interface CampaignResult {
  readonly verdict: DrillVerdict;
  readonly operations: readonly Operation[];
  readonly rounds: readonly Round[];
  /** Latest sending, in milliseconds behind its time. */
  readonly worstLagMs: number;
}

/** Runs a drill: load, faults one after the other, and the ledger read back at the end. @throws DrillError, NotRestoredError */
export class Campaign {
  private readonly history = new HistoryLog();
  private readonly rounds: Round[] = [];
  private readonly probe: Probe;
  private readonly watcher: LedgerWatcher;

  constructor(private readonly options: CampaignOptions) {
    this.probe = new Probe(options.probe, this.history);
    this.watcher = new LedgerWatcher(options.ledger, this.history, options.ledgerPollMs);
  }

  async run(): Promise<CampaignResult> {
    const { faults, rounds, criteria, objective, beforeRound } = this.options;
    this.watcher.start();
    this.probe.start();
    let ledger: { rows: readonly LedgerRow[]; repetitions: Repetitions };
    try {
      for (let i = 0; i < faults.length * rounds; i++) {
        await beforeRound?.();
        await this.round(faults[i % faults.length], i + 1);
      }
      await this.probe.stop();
      ledger = await this.readBack();
    } finally {
      await this.probe.stop();
      await this.watcher.stop();
    }
    const operations = this.history.all();
    const verdict = judge(operations, this.rounds, ledger.rows, ledger.repetitions, criteria, objective);
    return { verdict, operations, rounds: this.rounds, worstLagMs: this.probe.worstLagMs };
  }

  private async round(fault: Fault, number: number): Promise<void> {
    const { limits, signal, jitterMs, criteria, say, faults, rounds } = this.options;
    const last = this.rounds.at(-1);
    const beganAt = last?.endedAt ?? 0;
    // The good seconds behind one fault are those before the next.
    if (!last) await this.untilGood(performance.now(), 'before the first fault');
    await sleep(Math.random() * jitterMs);
    const { faultAt, restoredAt } = await injectAndRestore(fault, limits, () => performance.now(), signal);
    const recovery = await this.untilGood(faultAt, `after ${fault.name}`);
    const endedAt = performance.now();
    this.rounds.push({ fault: fault.name, beganAt, faultAt, restoredAt, endedAt });
    const own = this.history.since(faultAt).filter(({ dueAt }) => dueAt < recovery.goodFrom + criteria.seconds * 1_000);
    const count = (outcome: string): number => own.filter((one) => one.outcome === outcome).length;
    say(`${String(number).padStart(3)}/${faults.length * rounds} ${fault.name.padEnd(20)} served again after ${recovery.rtoSeconds.toFixed(2).padStart(6)} s, `
      + `undone after ${((restoredAt - faultAt) / 1_000).toFixed(2)} s; since then ${count('ok')} ok, ${count('fail')} failed, ${count('unknown')} unknown`);
  }

  /** Waits for good seconds in a row from a time on. */
  private async untilGood(from: number, when: string): Promise<NonNullable<ReturnType<typeof findRecovery>>> {
    const { criteria, recoveryLimitMs, signal } = this.options;
    const deadline = performance.now() + recoveryLimitMs;
    for (;;) {
      signal?.throwIfAborted();
      const found = findRecovery(this.history.since(from), from, criteria);
      if (found) return found;
      if (performance.now() > deadline) {
        throw new DrillError(`${when} there were no ${criteria.seconds} good seconds in a row within ${recoveryLimitMs / 1_000} s; ${this.lately()}`);
      }
      await sleep(200);
    }
  }

  private lately(): string {
    const recent = this.history.since(performance.now() - 10_000);
    const count = (holds: (one: Operation) => boolean): number => recent.filter(holds).length;
    return `of ${recent.length} orders of the last 10 s ${count(({ outcome }) => outcome === 'ok')} were acknowledged and ${count(({ settledAt }) => settledAt !== undefined)} seen in the ledger`;
  }

  /** Waits until the ledger has what was acknowledged, or has had the time for it, and reads all of it. */
  private async readBack(): Promise<{ rows: readonly LedgerRow[]; repetitions: Repetitions }> {
    const { recoveryLimitMs, say, ledger, probe } = this.options;
    say('reading the ledger back …');
    const deadline = performance.now() + recoveryLimitMs;
    let waiting = Infinity;
    let changedAt = performance.now();
    // What does not come within ten quiet seconds does not come.
    while (performance.now() < Math.min(deadline, changedAt + 10_000)) {
      const now = this.history.all().filter(({ outcome, settledAt }) => outcome === 'ok' && settledAt === undefined).length;
      if (now === 0) break;
      if (now < waiting) changedAt = performance.now();
      waiting = now;
      await sleep(200);
    }
    // Orders of unknown outcome may be on their way still.
    await sleep(1_000);
    return ledger.all(probe.prefix);
  }
}
