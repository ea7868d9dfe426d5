import { AcknowledgementEntry, CDK, normalised } from './acknowledgement-entry';
import { bareRule, Finding, JudgedFinding, RuleSetRecord } from './evaluation';
import { isCalendarDate } from '../../private/calendar-date';
import { isVague } from '../../private/vague';

/** Something wrong with an acknowledgement. */
export interface RegisterFault {
  readonly kind: 'BareAcknowledgement' | 'ExpiredAcknowledgement' | 'UnknownRule' | 'UnmatchedAcknowledgement' | 'VagueAcknowledgement';
  readonly path: string;
  readonly message: string;
}

/** Where the CDK files an id that names no pack. */
const NO_PACK = 'Annotation::';

/** Every acknowledgement of an app, held against what was found. */
export class AcknowledgementRegister {
  private readonly byId = new Map<string, AcknowledgementEntry[]>();
  private readonly used = new Set<AcknowledgementEntry>();

  /**
   * @param entries what stands in the tree
   * @param records what the rule sets said
   * @param today date at which they must still hold, as year-month-day
   */
  public constructor(
    private readonly entries: readonly AcknowledgementEntry[],
    private readonly records: readonly RuleSetRecord[],
    private readonly today: string,
  ) {
    for (const entry of entries) this.byId.set(entry.id, [...this.byId.get(entry.id) ?? [], entry]);
  }

  /** What becomes of every finding. */
  public judge(): JudgedFinding[] {
    return this.records.flatMap(({ name, findings }) => findings.map((finding): JudgedFinding => {
      const acknowledgement = this.closest(name, finding);
      // What crashed was not looked at, whatever somebody wrote about it.
      if (finding.crash !== undefined) return { ...finding, ruleSet: name, outcome: 'UNEVALUATED', acknowledgement };
      return { ...finding, ruleSet: name, outcome: acknowledgement === undefined ? 'FAIL' : 'ACKNOWLEDGED', acknowledgement };
    }));
  }

  /** What is wrong with the acknowledgements; to be asked after `judge`. */
  public faults(): RegisterFault[] {
    return this.entries.flatMap((entry) => this.faultsOf(entry));
  }

  private closest(ruleSet: string, { rule, path }: Finding): AcknowledgementEntry | undefined {
    const above = (this.byId.get(normalised(`${ruleSet}::${rule}`)) ?? []).filter(({ at }) => isWithin(path, at));
    for (const entry of above) this.used.add(entry);
    return above.sort((a, b) => b.at.length - a.at.length)[0];
  }

  private faultsOf(entry: AcknowledgementEntry): RegisterFault[] {
    const { at: path, id, reason, owner, control, reviewBy } = entry;
    const fault = (kind: RegisterFault['kind'], message: string): RegisterFault => ({ kind, path, message: `${id} at ${path} ${message}` });
    if (id.startsWith(NO_PACK)) {
      const ruleSet = this.ruleSetOf(id.slice(NO_PACK.length));
      if (ruleSet === undefined) return []; // A warning of a construct, which is no business of a rule set.
      return [fault('BareAcknowledgement', `hides the finding without a trace: acknowledge '${ruleSet}::${id.slice(NO_PACK.length)}' with \`acknowledge\``)];
    }
    if (owner === CDK) return []; // It is there with each construct of the kind, whether or not the rule minds.
    const [name] = id.split('::');
    const record = this.records.find((each) => each.name === name);
    if (record === undefined) return KNOWN_RULE_SETS.has(name) ? [] : [fault('UnknownRule', `names no rule set: known are ${this.names()}`)];
    const rule = id.slice(name.length + 2);
    if (![...record.rules.keys()].some((known) => normalised(known) === bareRule(rule))) {
      return [fault('UnknownRule', `names no rule of ${name} that was applied to a resource; take the id from the finding`)];
    }
    const found: RegisterFault[] = [];
    if (owner === undefined || control === undefined || reviewBy === undefined) found.push(fault('BareAcknowledgement', 'has no owner, control and review date: write it with `acknowledge`'));
    if (isVague(reason)) found.push(fault('VagueAcknowledgement', `must say in 20 characters or more why the finding is acceptable, got: '${reason}'`));
    if (reviewBy !== undefined && (!isCalendarDate(reviewBy) || reviewBy < this.today)) found.push(fault('ExpiredAcknowledgement', `was to be reviewed by ${reviewBy}: look at it again, and give it a new date or repair the finding`));
    if (!this.used.has(entry)) found.push(fault('UnmatchedAcknowledgement', 'fits nothing that was found: remove it'));
    return found;
  }

  private ruleSetOf(rule: string): string | undefined {
    return this.records.find(({ rules }) => [...rules.keys()].some((known) => normalised(known) === bareRule(rule)))?.name;
  }

  private names(): string {
    return this.records.map(({ name }) => name).join(', ');
  }
}

/** Rule sets that an app may have acknowledgements for without running them all. */
const KNOWN_RULE_SETS = new Set([
  'AwsSolutions', 'HIPAA.Security', 'NIST.800.53.R4', 'NIST.800.53.R5', 'PCI.DSS.321', 'Serverless',
  'CloudFormation-Validate', 'cdk-validator-cfnguard', 'TradingPlatform',
]);

function isWithin(path: string, above: string): boolean {
  return above === '' || path === above || path.startsWith(`${above}/`);
}
