import { AspectPriority, Aspects, CfnResource, FeatureFlags, IAspect, Tag, TagManager, Token } from 'aws-cdk-lib';
import * as cxapi from 'aws-cdk-lib/cx-api';
import { Construct, IConstruct } from 'constructs';
import { Faults } from '../../private/faults';

/** Properties of `CostAllocationTags`. */
export interface CostAllocationTagsProps {
  /** What the costs are of, for example `GatewayExchange`. Becomes the tag `system`. */
  readonly system: string;

  /** Stage of the system, for example `production`. Becomes the tag `environment`. */
  readonly environment: string;

  /** Who pays, as the accounts department writes it. Becomes the tag `cost-center`. */
  readonly costCenter: string;

  /** Team that answers for the resources. Becomes the tag `owner`. */
  readonly owner: string;

  /**
   * More tags, value by key.
   *
   * @default - no more tags
   */
  readonly additionalTags?: { [key: string]: string };

  /**
   * CloudFormation types that may go without the tags.
   *
   * @default - none: everything that takes tags must carry them
   */
  readonly exemptTypes?: string[];
}

/** What AWS takes in keys and values of tags. */
const TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
/** A resource has at most 50 tags; a system leaves some to others. */
const MAX_TAGS = 40;
/** Below that of tags in the props of a resource, which is 50, and of other tag aspects, which is 100. */
const PRIORITY = 40;

/** All tags in one visit of the tree: an aspect for each would visit each of thousands of constructs once more. */
class AllTags implements IAspect {
  private readonly aspects: Tag[];

  public constructor(tags: { [key: string]: string }, scope: IConstruct) {
    // As `Tags.of()` does it: whether stacks are tagged as well is the app's choice.
    const excludeResourceTypes = FeatureFlags.of(scope).isEnabled(cxapi.EXPLICIT_STACK_TAGS) === true ? ['aws:cdk:stack'] : [];
    this.aspects = Object.entries(tags).map(([key, value]) => new Tag(key, value, { priority: PRIORITY, excludeResourceTypes }));
  }

  public visit(node: IConstruct): void {
    for (const aspect of this.aspects) aspect.visit(node);
  }
}

/**
 * Gives every resource below its scope the tags that costs are told apart by, and fails synthesis when a resource that takes
 * tags ends up without one of them or with an empty value. A value that a resource
 * sets itself, or that another tag aspect gives it, is left as it is.
 *
 * Costs are told apart by a tag only after it was activated in the billing settings of the paying account, which
 * CloudFormation cannot do.
 */
export class CostAllocationTags extends Construct {
  /** The tags, value by key. */
  public readonly tags: { [key: string]: string };

  public constructor(scope: Construct, id: string, props: CostAllocationTagsProps) {
    super(scope, id);
    this.tags = {
      ...props.additionalTags,
      'system': props.system,
      'environment': props.environment,
      'cost-center': props.costCenter,
      'owner': props.owner,
    };
    this.validate(props.additionalTags ?? {});
    const mutating = FeatureFlags.of(scope).isEnabled(cxapi.ASPECT_PRIORITIES_MUTATING) === true;
    Aspects.of(scope).add(new AllTags(this.tags, scope), { priority: mutating ? AspectPriority.MUTATING : undefined });
    // Runs after all aspects, so it sees what other tag aspects took away again.
    scope.node.addValidation({ validate: () => this.untagged(scope, props.exemptTypes ?? []) });
  }

  /** Keys that the billing settings of the paying account must activate. */
  public get keys(): string[] {
    return Object.keys(this.tags);
  }

  private untagged(scope: IConstruct, exempt: string[]): string[] {
    return scope.node.findAll().flatMap((construct) => {
      const manager = TagManager.of(construct);
      if (manager === undefined || !CfnResource.isCfnResource(construct)) return [];
      if (exempt.includes(construct.cfnResourceType)) return [];
      const values = manager.tagValues();
      const missing = this.keys.filter((key) => values[key] === undefined || values[key] === '');
      if (missing.length === 0) return [];
      return [`${construct.node.path} (${construct.cfnResourceType}) has no value for: ${missing.join(', ')}; `
        + 'remove what takes the tag away, or name the type in `exemptTypes`'];
    });
  }

  private validate(additional: { [key: string]: string }): void {
    const faults = new Faults(this.node.path);
    for (const key of ['system', 'environment', 'cost-center', 'owner']) {
      faults.check(additional[key] === undefined, `\`additionalTags\` must not hold '${key}', which has a prop of its own`);
    }
    for (const [key, value] of Object.entries(this.tags)) {
      faults.check(key.length >= 1 && key.length <= 128 && TEXT.test(key) && !/^aws:/i.test(key),
        `a key must have 1 to 128 letters, digits, spaces or _.:/=+-@ and not begin with aws:, got: '${key}'`);
      faults.check(Token.isUnresolved(value) || (value.trim().length >= 1 && value.length <= 256 && TEXT.test(value)),
        `the value of '${key}' must have 1 to 256 letters, digits, spaces or _.:/=+-@, got: '${value}'`);
    }
    faults.check(this.keys.length <= MAX_TAGS, `there must be at most ${MAX_TAGS} tags, got: ${this.keys.length}`);
    faults.throwIfAny();
  }
}
