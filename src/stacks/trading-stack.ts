import { CrossStackReferences, Environment, Fn, ReferenceStrength, Stack, Stage } from 'aws-cdk-lib';
import { Construct } from 'constructs';

/** Properties that every stack of a system has. */
export interface TradingStackProps {
  /**
   * Where the stack is deployed. The region must be concrete; the account may stay open.
   *
   * @default - us-east-1 in the account of the deployment
   */
  readonly env?: Environment;

  /**
   * What the stack is for, as CloudFormation shows it.
   *
   * @default - no description
   */
  readonly description?: string;
}

/**
 * A stack of a system. References to other stacks are weak, so that no export stops an update, and the three zones are chosen by
 * CloudFormation, so that synthesis needs no credentials.
 */
export class TradingStack extends Stack {
  public constructor(scope: Construct, id: string, props: TradingStackProps = {}) {
    super(scope, id, {
      env: { region: 'us-east-1', ...props.env },
      description: props.description,
      stackName: stackName(scope, id),
      crossRegionReferences: true,
    });
    CrossStackReferences.of(this).consume(ReferenceStrength.WEAK);
  }

  /** The first three zones of the region, whichever they are for the account. */
  public get availabilityZones(): string[] {
    return [0, 1, 2].map((index) => Fn.select(index, Fn.getAzs()));
  }
}

/** `RealtimeSimulator-Data`: the ids below the app or the stage, so that the names of a system sort together and read well. */
function stackName(scope: Construct, id: string): string | undefined {
  const stage = Stage.of(scope);
  const above = scope.node.scopes.slice((stage?.node.scopes.length ?? 1)).map((construct) => construct.node.id);
  const name = [stage?.stageName, ...above, id].filter((part) => part !== undefined && part !== '').join('-');
  // Anything longer or stranger gets the name that CDK makes.
  return /^[A-Za-z][A-Za-z0-9-]{0,127}$/.test(name) ? name : undefined;
}
