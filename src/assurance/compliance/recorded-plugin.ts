import {
  CloudFormationValidatePlugin, IPolicyValidationContext, IPolicyValidationPlugin,
  PolicyValidationPluginReport, PolicyViolatingResource, PolicyViolation,
} from 'aws-cdk-lib';
import { emptyRecord, RuleSetRecord } from './evaluation';
import { GuardRule, guardRulesOf } from './guard-rules';
import { ResourceIndex } from './resource-index';

/** The rules of CloudFormation that come with the CDK, written down. The CDK knows the plugin by its class. */
export class RecordedCloudFormation extends CloudFormationValidatePlugin {
  /** What they said. */
  public readonly record: RuleSetRecord = emptyRecord('CloudFormation-Validate', this.version ?? '', false);

  public constructor() {
    super({ includeDefaultRules: false });
    // An engine costs seconds and memory that is never collected: the one that the CDK keeps for the process does the work.
    this._dispose();
  }

  public get ruleIds(): string[] {
    return CloudFormationValidatePlugin._singletonInstance().ruleIds ?? [];
  }

  public validate(context: IPolicyValidationContext): PolicyValidationPluginReport {
    return written(this.record, this.ruleIds, context, CloudFormationValidatePlugin._singletonInstance().validate(context));
  }
}

/** Any other plugin, written down. */
export class RecordedPlugin implements IPolicyValidationPlugin {
  public readonly name: string;
  public readonly version?: string;
  public readonly ruleIds?: string[];
  /** What it said. */
  public readonly record: RuleSetRecord;

  public constructor(private readonly inner: IPolicyValidationPlugin) {
    this.name = inner.name;
    this.version = inner.version;
    this.ruleIds = inner.ruleIds;
    this.record = emptyRecord(inner.name.replaceAll(' ', '-'), inner.version ?? '', false);
  }

  public validate(context: IPolicyValidationContext): PolicyValidationPluginReport {
    const rules = guardRulesOf(this.inner);
    const report = written(this.record, rules.length > 0 ? rules.map(({ name }) => name) : this.ruleIds ?? [], context, this.ask(context));
    describe(this.record, rules, new ResourceIndex(context.appConstruct));
    return report;
  }

  /** A tool that fails as a whole has judged nothing. */
  private ask(context: IPolicyValidationContext): PolicyValidationPluginReport {
    try {
      return this.inner.validate(context);
    } catch (error) {
      this.record.findings.push({ rule: 'every-rule', description: 'The tool has to run.', path: '', crash: (error as Error).message });
      throw error;
    }
  }
}

/** Such plugins name only what is wrong, so every rule counts with every resource. */
function written(
  record: RuleSetRecord, ruleIds: string[], context: IPolicyValidationContext, report: PolicyValidationPluginReport,
): PolicyValidationPluginReport {
  const resources = new ResourceIndex(context.appConstruct);
  const stacks = new Map(context.stackTemplates.map(({ templatePath, stackConstructPath }) => [templatePath, stackConstructPath]));
  const violations = report.violations.map((violation) => ({ ...violation, violatingResources: withoutRepeats(violation) }));
  record.evaluated += Math.max(ruleIds.length, 1) * resources.size;
  for (const id of ruleIds) record.rules.set(id, '');
  for (const { ruleName, description, violatingResources } of violations) {
    record.rules.set(ruleName, description ?? '');
    for (const { constructPath, resourceLogicalId, templatePath, locations } of violatingResources) {
      const isNamed = templatePath !== undefined && resourceLogicalId !== undefined;
      const resource = isNamed ? resources.inTemplate(templatePath, resourceLogicalId) : undefined;
      const path = constructPath ?? resource?.path ?? stacks.get(templatePath ?? '') ?? '';
      const properties = [...new Set(locations.map(propertyOf).filter((each) => each !== ''))];
      record.findings.push({ rule: ruleName, description: (description ?? '').replace(/^\[[^\]]+\]:\s*/, ''), path, properties });
    }
  }
  return { ...report, violations };
}

/** Guard names the template once more when it has named a resource of it; that is no finding of its own, and could be acknowledged nowhere. */
function withoutRepeats({ violatingResources }: PolicyViolation): PolicyViolatingResource[] {
  const named = violatingResources.filter(({ resourceLogicalId, constructPath }) => (resourceLogicalId ?? '') !== '' || constructPath !== undefined);
  return named.length > 0 ? named : [...violatingResources];
}

/** Guard's rules say which types they look at: whatever of those was not found wanting has passed. */
function describe(record: RuleSetRecord, rules: readonly GuardRule[], resources: ResourceIndex): void {
  for (const { name, control, description, types } of rules) {
    record.rules.set(name, `${description} (Control IDs: ${control})`);
    const found = new Set(record.findings.filter(({ rule }) => rule === name).map(({ path }) => path));
    for (const { path, type } of resources.resources) if (types.includes(type) && !found.has(path)) record.passed.push({ rule: name, path });
  }
}

/** Tools write `/Resources/Id/Properties/Name/0/Inner`, `Properties.Name.0.Inner` or `Properties/Name`. */
function propertyOf(location: string): string {
  return location.replace(/^\/?Resources[./][^./]+[./]?/, '').replaceAll('/', '.').replace(/^Properties\.?/, '').replace(/\[(L:.*)\]$/, '');
}
