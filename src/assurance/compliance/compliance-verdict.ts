import { IPolicyValidationContext, IPolicyValidationPlugin, PolicyValidationPluginReport, PolicyViolation } from 'aws-cdk-lib';
import { AcknowledgementEntry, acknowledgementsBelow } from './acknowledgement-entry';
import { AcknowledgementRegister, RegisterFault } from './acknowledgement-register';
import { JudgedFinding, Outcome, RuleSetRecord } from './evaluation';
import { report } from './report/rows';
import { writeReport } from './report/write-report';
import { ResourceIndex } from './resource-index';
import { RuleSetResult } from './rule-set-result';

/** What is known of an app once it was synthesised. */
export interface JudgedApp {
  readonly records: readonly RuleSetRecord[];
  readonly findings: readonly JudgedFinding[];
  readonly acknowledgements: readonly AcknowledgementEntry[];
  readonly faults: readonly RegisterFault[];
  readonly resources: ResourceIndex;
}

interface VerdictOptions { readonly today: string; readonly reportDirectory?: string; readonly title?: string }

/** Looks at what every rule set has found, last of all plugins. What no other plugin reports as an error, this one does. */
export class ComplianceVerdict implements IPolicyValidationPlugin {
  public readonly name = 'Compliance';
  private judged?: JudgedApp;

  public constructor(private readonly records: readonly RuleSetRecord[], private readonly options: VerdictOptions) {}

  public validate({ appConstruct }: IPolicyValidationContext): PolicyValidationPluginReport {
    const acknowledgements = acknowledgementsBelow(appConstruct);
    const register = new AcknowledgementRegister(acknowledgements, this.records, this.options.today);
    const findings = register.judge();
    this.judged = { records: this.records, findings, acknowledgements, faults: register.faults(), resources: new ResourceIndex(appConstruct) };
    if (this.options.reportDirectory !== undefined) {
      const system = this.options.title ?? 'app';
      writeReport(this.options.reportDirectory, report(system, new Map([[system, this.judged]])));
    }
    const violations = [...this.judged.faults.map(asViolation), ...this.unreported(findings)];
    return { success: violations.length === 0, violations };
  }

  /** @throws Error before the app was synthesised */
  public app(): JudgedApp {
    if (this.judged === undefined) throw new Error('ComplianceChecks: there is nothing to report, the app was not synthesised; call `app.synth()` first, and look at what it throws');
    return this.judged;
  }

  public results(): RuleSetResult[] {
    const { records, findings } = this.app();
    return records.map(({ name, evaluated }) => {
      const count = (outcome: Outcome) => findings.filter((each) => each.ruleSet === name && each.outcome === outcome).length;
      return { ruleSet: name, evaluated, errors: count('FAIL'), acknowledged: count('ACKNOWLEDGED'), unevaluated: count('UNEVALUATED') };
    });
  }

  /** The CDK makes warnings of CloudFormation's errors; an acknowledged crash is no answer. */
  private unreported(findings: readonly JudgedFinding[]): PolicyViolation[] {
    return findings.filter(({ ruleSet, outcome }) => outcome === 'UNEVALUATED' || (ruleSet === 'CloudFormation-Validate' && outcome === 'FAIL')).map((finding) => ({
      ruleName: `${finding.outcome === 'UNEVALUATED' ? 'Unevaluated' : 'Error'}[${finding.ruleSet}/${finding.rule.replace(/[[\](){}]/g, ' ')}]`,
      description: finding.crash === undefined ? finding.description : `The rule crashed and has said nothing: ${finding.crash}`,
      severity: 'error',
      violatingResources: [{ constructPath: finding.path, locations: [...finding.properties ?? []] }],
    }));
  }
}

function asViolation({ kind, path, message }: RegisterFault): PolicyViolation {
  return { ruleName: kind, description: message, severity: 'error', violatingResources: [{ constructPath: path, locations: [] }] };
}
