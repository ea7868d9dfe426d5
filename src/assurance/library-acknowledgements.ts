import type { IConstruct } from 'constructs';
import { ALL_PACKS } from './library/packs';
import { hasReaders } from './library/readers';
import { isCalendarDate } from '../private/calendar-date';
import { Faults } from '../private/faults';

/**
 * The accepted findings name every construct of this library and load all of it; who synthesises without rule packs, or uses two
 * constructs, need not wait for that.
 */
function findings(): typeof import('./library/accepted-findings') {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return require('./library/accepted-findings') as typeof import('./library/accepted-findings');
}

/** Who answers for the findings that this library accepts, and until when. */
export interface LibraryAcknowledgementsOptions {
  /** Who answers for them in your organisation, for example a team. */
  readonly owner: string;

  /** Date at which they must be looked at again, as year-month-day. */
  readonly reviewBy: string;

  /**
   * Rule packs whose findings are acknowledged, as their findings name them: `AwsSolutions`, `HIPAA.Security`, `NIST.800.53.R4`,
   * `NIST.800.53.R5`, `PCI.DSS.321`, `Serverless`, `TradingPlatform`, and `cdk-validator-cfnguard` for the rules of Control Tower.
   *
   * @default - all of them
   */
  readonly packs?: string[];

  /**
   * Rules that stay findings, without pack and finding, such as `COG2` or `IAM5`: those that your organisation judges otherwise.
   *
   * @default - none
   */
  readonly except?: string[];
}

/**
 * The findings of rule packs that this library accepts in its own constructs. Each was weighed once: it has a reason and a control,
 * and is acknowledged at the one resource that has it. Everything else stays a finding, whatever a user adds to our constructs
 * included.
 */
export class LibraryAcknowledgements {
  /**
   * Acknowledges them in every construct of this library at or below `scope`. They are written when the app is synthesised, so
   * constructs may still be added afterwards. What somebody has acknowledged there already stays as it is. Without a rule pack on the app
   * or a stage there is nothing to acknowledge, and nothing is written.
   *
   * With rule packs on a `Stage` instead of the app, give that stage as `scope`.
   *
   * @param scope an app, a stage, a stack or one construct
   * @param options who answers for them, and until when
   * @throws Error that lists everything that is wrong with the options; synthesis fails when a resource is not where it is expected
   */
  public static apply(scope: IConstruct, options: LibraryAcknowledgementsOptions): void {
    validate(scope, options);
    // Only then everything is there: grants add policies late, and references get their form when the app is prepared.
    scope.node.addValidation({
      validate: () => {
        if (!hasReaders(scope)) return [];
        return findings().acknowledgeOurs(scope, options);
      },
    });
  }

  /**
   * The same for what Control Tower's rules find in everything at or below a construct that is no public one of this library.
   *
   * @internal
   */
  public static _within(scope: IConstruct, options: LibraryAcknowledgementsOptions): void {
    scope.node.addValidation({
      validate: () => {
        if (hasReaders(scope)) findings().acknowledgeAllOfControlTower(scope, options);
        return [];
      },
    });
  }

  private constructor() {}
}

function validate(scope: IConstruct, { owner, reviewBy, packs = ALL_PACKS, except = [] }: LibraryAcknowledgementsOptions): void {
  const faults = new Faults(`LibraryAcknowledgements at ${scope.node.path}`);
  faults.check(owner.trim() !== '', '`owner` must not be empty');
  faults.check(isCalendarDate(reviewBy), `\`reviewBy\` must be a date such as 2027-05-31, got: '${reviewBy}'`);
  for (const pack of packs.filter((name) => !ALL_PACKS.includes(name))) faults.add(`\`packs\` must be of ${ALL_PACKS.join(', ')}, got: '${pack}'`);
  const rules = except.length > 0 ? findings().acceptedRules() : new Set<string>();
  for (const rule of except.filter((name) => !rules.has(name))) {
    faults.add(`\`except\` must name rules that the library acknowledges (${[...rules].sort().join(', ')}), got: '${rule}'`);
  }
  faults.throwIfAny();
}
