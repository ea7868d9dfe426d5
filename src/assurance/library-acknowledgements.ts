import { CfnResource, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { acknowledge } from './acknowledge';
import { LIBRARY_FINDINGS } from './library';
import { CONTROL_TOWER, CONTROL_TOWER_FINDINGS, FURTHER_CONSTRUCTS, renderedProperties } from './library/control-tower';
import { LibraryFinding } from './library/finding';
import { ALL_PACKS } from './library/packs';
import { isCalendarDate } from '../private/calendar-date';
import { Faults } from '../private/faults';

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
   * constructs may still be added afterwards. What somebody has acknowledged there already stays as it is.
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
        for (const resource of resourcesBelow(scope).filter(isOurs)) acknowledgeControlTower(resource, options);
        return scope.node.findAll().flatMap((construct) => acknowledgeIn(construct, options));
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
        for (const resource of resourcesBelow(scope)) acknowledgeControlTower(resource, options);
        return [];
      },
    });
  }

  private constructor() {}
}

function resourcesBelow(scope: IConstruct): CfnResource[] {
  return scope.node.findAll().filter((each): each is CfnResource => CfnResource.isCfnResource(each));
}

/** Whether a resource is part of a construct of this library. */
function isOurs(resource: CfnResource): boolean {
  return resource.node.scopes.some((scope) => findingsOf(scope).length > 0 || FURTHER_CONSTRUCTS.some((type) => scope instanceof type));
}

/** Acknowledges what Control Tower's rules find in a resource. */
function acknowledgeControlTower(resource: CfnResource, { owner, reviewBy, packs = ALL_PACKS, except = [] }: LibraryAcknowledgementsOptions): void {
  const candidates = CONTROL_TOWER_FINDINGS.filter(({ type, rule }) => type === resource.cfnResourceType && !except.includes(rule));
  if (candidates.length === 0 || !packs.includes(CONTROL_TOWER)) return;
  const properties = renderedProperties(resource);
  const known = acknowledged(resource);
  for (const { rule, foundIn, reason, control } of candidates) {
    const id = `${CONTROL_TOWER}::${rule}`;
    if (!known.has(id) && foundIn(properties, resource)) acknowledge(resource, { rule: id, reason, control, owner, reviewBy });
  }
}

/** Acknowledges what is accepted in one construct; answers with what is not where it is expected. */
function acknowledgeIn(construct: IConstruct, options: LibraryAcknowledgementsOptions): string[] {
  return findingsOf(construct)
    .flatMap(({ type, findings }) => findings
      .filter((finding) => finding.when?.(construct) !== false && !options.except?.includes(ruleOf(finding)))
      .flatMap((finding) => {
        const resources = atPath(construct, finding.at);
        for (const resource of resources.filter((each) => finding.foundIn?.(each) !== false)) record(resource, finding, options);
        if (resources.length > 0) return [];
        return [`${construct.node.path}: the acknowledgement of ${finding.rule} in ${type.name} is for '${finding.at}', which is not there; `
          + 'tell the maintainers of this library, and name the rule in `except` meanwhile'];
      }));
}

/** What is accepted in constructs of each class; an app has thousands of constructs of a few hundred classes. */
const FINDINGS = new Map<unknown, typeof LIBRARY_FINDINGS>();

function findingsOf(construct: IConstruct): typeof LIBRARY_FINDINGS {
  const known = FINDINGS.get(construct.constructor) ?? LIBRARY_FINDINGS.filter(({ type }) => construct instanceof type);
  FINDINGS.set(construct.constructor, known);
  return known;
}

/** The rule without its finding. */
function ruleOf({ rule }: LibraryFinding): string {
  return rule.replace(/\[.*/, '');
}

function record(resource: IConstruct, finding: LibraryFinding, { owner, reviewBy, packs = ALL_PACKS }: LibraryAcknowledgementsOptions): void {
  const { rule, reason, control } = finding;
  const known = acknowledged(resource);
  for (const name of finding.findings?.(resource).map((each) => `${rule}[${each}]`) ?? [rule]) {
    const ids = finding.packs.filter((pack) => packs.includes(pack)).map((pack) => `${pack}::${pack}-${name}`);
    for (const id of ids.filter((each) => !known.has(each))) acknowledge(resource, { rule: id, reason, control, owner, reviewBy });
  }
}

/** Synthesis may take place more than once, and a system or a user may have been here before. */
function acknowledged(resource: IConstruct): Set<string> {
  const key = Validations.ACKNOWLEDGED_RULES_METADATA_KEY;
  const entries = resource.node.scopes.flatMap(({ node }) => node.metadata).filter(({ type }) => type === key);
  return new Set(entries.flatMap(({ data }) => Object.keys(data as object)));
}

function atPath(construct: IConstruct, path: string): IConstruct[] {
  return path === '' ? [construct] : path.split('/').reduce<IConstruct[]>(
    (found, id) => found.flatMap(({ node }) => node.children.filter((child) => fits(child.node.id, id))), [construct]);
}

function fits(id: string, pattern: string): boolean {
  const [start, end] = pattern.split('*');
  return end === undefined ? id === pattern : id.length >= start.length + end.length && id.startsWith(start) && id.endsWith(end);
}

function validate(scope: IConstruct, { owner, reviewBy, packs = ALL_PACKS, except = [] }: LibraryAcknowledgementsOptions): void {
  const faults = new Faults(`LibraryAcknowledgements at ${scope.node.path}`);
  faults.check(owner.trim() !== '', '`owner` must not be empty');
  faults.check(isCalendarDate(reviewBy), `\`reviewBy\` must be a date such as 2027-05-31, got: '${reviewBy}'`);
  for (const pack of packs.filter((name) => !ALL_PACKS.includes(name))) faults.add(`\`packs\` must be of ${ALL_PACKS.join(', ')}, got: '${pack}'`);
  const rules = new Set([...LIBRARY_FINDINGS.flatMap(({ findings }) => findings.map(ruleOf)), ...CONTROL_TOWER_FINDINGS.map(({ rule }) => rule)]);
  for (const rule of except.filter((name) => !rules.has(name))) {
    faults.add(`\`except\` must name rules that the library acknowledges (${[...rules].sort().join(', ')}), got: '${rule}'`);
  }
  faults.throwIfAny();
}
