import { CloudFormationClient, DescribeStacksCommand, paginateListStackResources, type Stack } from '@aws-sdk/client-cloudformation';
import type { AwsSettings } from './settings';
import { DrillError, messageOf } from '../drill/fault';

/** The tag by which a stack allows that parts of it are broken on purpose, and its value. */
export const DRILL_TAG = { key: 'cdk-trading-platform:drills', value: 'allowed' };

/** A resource of a stack that may be drilled. */
export interface StackResource {
  readonly stack: string;
  readonly logicalId: string;
  readonly physicalId: string;
  readonly type: string;
}

/** What the stacks of a drill are made of. Can only be had of stacks that allow it. */
export class StackInventory {
  private constructor(private readonly resources: readonly StackResource[]) {}

  /**
   * Reads the stacks, after it has made sure that they are of the right account, stand still and allow drills.
   *
   * @throws DrillError that names each stack that does not; nothing was read of any then
   */
  static async open(settings: AwsSettings, account: string, stackNames: readonly string[]): Promise<StackInventory> {
    if (stackNames.length === 0) throw new DrillError('name the stacks that the drill may break');
    const client = new CloudFormationClient(settings);
    try {
      const found = await Promise.all(stackNames.map((name) => describe(client, name)));
      const refusals = found.flatMap((stack, i) => refusalsOf(stackNames[i], stack, account));
      if (refusals.length > 0) throw new DrillError(`nothing was touched: ${refusals.join('; ')}`);
      const resources: StackResource[] = [];
      for (const stack of stackNames) {
        for await (const page of paginateListStackResources({ client }, { StackName: stack })) {
          for (const { LogicalResourceId = '', PhysicalResourceId, ResourceType = '' } of page.StackResourceSummaries ?? []) {
            if (PhysicalResourceId === undefined) continue;
            resources.push({ stack, logicalId: LogicalResourceId, physicalId: PhysicalResourceId, type: ResourceType });
          }
        }
      }
      return new StackInventory(resources);
    } finally {
      client.destroy();
    }
  }

  all(type: string): readonly StackResource[] {
    return this.resources.filter((resource) => resource.type === type);
  }

  /** The only resource of a type, or the one of that logical id among several. @throws DrillError */
  one(type: string, logicalId?: string): StackResource {
    const all = this.all(type).filter((resource) => logicalId === undefined || resource.logicalId === logicalId);
    if (all.length === 1) return all[0];
    const known = this.all(type).map((resource) => resource.logicalId).join(', ') || 'none';
    throw new DrillError(`there ${all.length === 0 ? 'is no' : 'are several'} ${type}${logicalId === undefined ? '' : ` ${logicalId}`} in the stacks; there are: ${known}`);
  }
}

async function describe(client: CloudFormationClient, name: string): Promise<Stack | undefined> {
  try {
    return (await client.send(new DescribeStacksCommand({ StackName: name }))).Stacks?.[0];
  } catch (error) {
    if (/does not exist/.test(messageOf(error))) return undefined;
    throw error;
  }
}

function refusalsOf(name: string, stack: Stack | undefined, account: string): string[] {
  if (stack === undefined) return [`there is no stack ${name}`];
  const refusals: string[] = [];
  // arn:aws:cloudformation:<region>:<account>:stack/…
  const owner = stack.StackId?.split(':')[4] ?? 'an unknown account';
  if (owner !== account) refusals.push(`${name} belongs to ${owner}, not to the account ${account} that the drill was told`);
  const tag = stack.Tags?.find(({ Key }) => Key === DRILL_TAG.key)?.Value;
  if (tag !== DRILL_TAG.value) refusals.push(`${name} does not allow drills: its tag ${DRILL_TAG.key} is ${tag === undefined ? 'missing' : `'${tag}'`}, it must be '${DRILL_TAG.value}'`);
  if (!/_COMPLETE$/.test(stack.StackStatus ?? '')) refusals.push(`${name} is ${stack.StackStatus}; wait until it stands still`);
  return refusals;
}
