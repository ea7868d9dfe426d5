import { App, IPolicyValidationPlugin, Validations } from 'aws-cdk-lib';
import {
  AwsSolutionsChecks, HIPAASecurityChecks, NagPack, NIST80053R4Checks, NIST80053R5Checks, PCIDSS321Checks, ServerlessChecks,
} from 'cdk-nag';
import { ComplianceVerdict } from './compliance-verdict';
import { recordPack } from './recorded-pack';
import { RecordedCloudFormation, RecordedPlugin } from './recorded-plugin';
import { RuleSetResult } from './rule-set-result';
import { isCalendarDate } from '../../private/calendar-date';
import { Faults } from '../../private/faults';
import { packageVersion } from '../../private/package-version';
import { TradingPlatformChecks } from '../trading-platform-checks';

/** Options of `ComplianceChecks`. */
export interface ComplianceChecksOptions {
  /**
   * Rule sets besides, such as Control Tower's: `new CfnGuardValidator({ maxBuffer: 2 ** 28 })` of `@cdklabs/cdk-validator-cfnguard`.
   *
   * @default - none
   */
  readonly furtherRuleSets?: IPolicyValidationPlugin[];

  /**
   * Folder that the report is written to when the app is synthesised: CSV, JSON, SARIF and a page for reviewers.
   *
   * @default - no report is written
   */
  readonly reportDirectory?: string;

  /**
   * What the report calls the app.
   *
   * @default 'app'
   */
  readonly title?: string;

  /**
   * Date that review dates are held against, as year-month-day.
   *
   * @default - today
   */
  readonly today?: string;
}

/**
 * Holds an app against eight rule sets in one line: the six packs of cdk-nag, CloudFormation's own validation with its findings as
 * errors, and `TradingPlatformChecks`; more can be added. A finding that is not acknowledged fails the synthesis, and so does a rule that
 * crashes, and an acknowledgement that is expired, bare, vague, or for a rule or finding that is not there.
 */
export class ComplianceChecks {
  /**
   * Adds the checks to an app. They run when it is synthesised.
   *
   * @param app app whose every stack is checked
   * @param options further rule sets, and where the report goes
   * @throws Error that lists everything that is wrong with the options
   */
  public static apply(app: App, options: ComplianceChecksOptions = {}): ComplianceChecks {
    const faults = new Faults('ComplianceChecks');
    faults.check(options.today === undefined || isCalendarDate(options.today), `\`today\` must be a date such as 2027-05-31, got: '${options.today}'`);
    faults.check(options.reportDirectory !== '', '`reportDirectory` must not be empty');
    faults.throwIfAny();
    return new ComplianceChecks(app, options);
  }

  private readonly verdict: ComplianceVerdict;

  private constructor(app: App, options: ComplianceChecksOptions) {
    const { furtherRuleSets = [], reportDirectory, title, today = new Date().toISOString().slice(0, 10) } = options;
    const nag = packageVersion('cdk-nag');
    const packs: NagPack[] = [
      new AwsSolutionsChecks(app), new HIPAASecurityChecks(app), new NIST80053R4Checks(app),
      new NIST80053R5Checks(app), new PCIDSS321Checks(app), new ServerlessChecks(app),
    ];
    const domain = new TradingPlatformChecks(app);
    const cloudFormation = new RecordedCloudFormation();
    const further = furtherRuleSets.map((plugin) => new RecordedPlugin(plugin));
    this.verdict = new ComplianceVerdict([
      ...packs.map((pack) => recordPack(pack, nag)), cloudFormation.record, ...further.map(({ record }) => record), recordPack(domain, '1'),
    ], { today, reportDirectory, title });
    // The verdict comes last: it needs what the others have found.
    Validations.of(app).addPlugins(...packs, domain, cloudFormation, ...further, this.verdict);
  }

  /**
   * What each rule set said.
   *
   * @throws Error before the app was synthesised
   */
  public results(): RuleSetResult[] {
    return this.verdict.results();
  }

  /**
   * Everything that was found, for tools of this library.
   *
   * @internal
   */
  public _verdict(): ComplianceVerdict {
    return this.verdict;
  }
}
