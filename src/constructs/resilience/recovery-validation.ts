import type {
  IPolicyValidationContext, IPolicyValidationPlugin, PolicyValidationPluginReport, PolicyViolation,
} from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { COMPUTE_RULES } from './recovery-compute-rules';
import { REGION_RULES, regionShortfalls } from './recovery-region-rules';
import { RecoveryRequirement, RecoveryRule, RecoveryShortfall } from './recovery-rules';
import { STORE_RULES } from './recovery-store-rules';
import { PlatformTemplates, templateResources } from './recovery-templates';

/**
 * Reads the templates, as they are after every aspect and escape hatch, and reports with what of them a recovery objective cannot
 * be kept. Not exported from the package: `RecoveryObjective.enforce()` adds it.
 */
export class RecoveryValidation implements IPolicyValidationPlugin {
  public readonly name = 'RecoveryObjective';

  public constructor(
    private readonly scope: IConstruct, private readonly requirement: RecoveryRequirement, private readonly except: readonly IConstruct[],
  ) {}

  public validate({ stackTemplates }: IPolicyValidationContext): PolicyValidationPluginReport {
    const platform = new PlatformTemplates(templateResources(this.scope, this.except, stackTemplates));
    const violations = this.shortfalls(platform).map((shortfall) => this.violation(shortfall));
    return { success: violations.length === 0, violations };
  }

  private shortfalls(platform: PlatformTemplates): RecoveryShortfall[] {
    const { requirement } = this;
    const isRegional = requirement.region !== undefined;
    const rules: RecoveryRule[] = [...STORE_RULES, ...COMPUTE_RULES, ...(isRegional ? REGION_RULES : [])];
    const found = platform.resources.flatMap((resource) => rules.filter(({ types }) => types.includes(resource.type))
      .flatMap(({ find }) => find(resource, requirement, platform).map((shortfall) => ({ ...shortfall, resource }))));
    return [...found, ...(isRegional ? regionShortfalls(requirement, platform) : [])];
  }

  private violation({ rule, resource, property, fault, remedy }: RecoveryShortfall): PolicyViolation {
    const path = resource?.construct.node.path ?? this.scope.node.path;
    return {
      ruleName: rule,
      severity: 'error',
      description: `${path}${property === undefined ? '' : `: \`${property}\``}: ${fault}`,
      fix: remedy,
      violatingResources: [resource === undefined
        ? { constructPath: path, locations: [] }
        : { resourceLogicalId: resource.logicalId, templatePath: resource.templatePath, locations: [`Properties.${property}`] }],
    };
  }
}
