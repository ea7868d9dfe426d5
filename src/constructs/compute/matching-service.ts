import { Names, Size } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import { Construct } from 'constructs';
import { TradingService } from './trading-service';
import { Faults } from '../../private/faults';
import { ReferenceMatcherNeeds, ServiceDefinition } from '../../private/services.generated';

/** Properties of `MatchingService`: where it runs, and what the service needs. */
export interface MatchingServiceProps extends ReferenceMatcherNeeds {
  /** Cluster that runs the tasks. */
  readonly cluster: ecs.ICluster;

  /**
   * CPU units of each of the two tasks. The core is one thread; a second one serves input and output.
   *
   * @default 1024
   */
  readonly cpu?: number;

  /**
   * Memory of each of the two tasks.
   *
   * @default Size.mebibytes(2048)
   */
  readonly memory?: Size;

  /**
   * Processor of the tasks; the image is built for it.
   *
   * @default - ARM64
   */
  readonly cpuArchitecture?: ecs.CpuArchitecture;

  /**
   * Subnets to choose from; the tasks get two of them, in different zones.
   *
   * @default - the isolated subnets, or the private ones of a VPC without isolated subnets
   */
  readonly vpcSubnets?: ec2.SubnetSelection;

  /**
   * What the tasks reach the AWS APIs through, on TCP 443.
   *
   * @default - any IPv4 address, which in an isolated subnet means what its endpoints offer
   */
  readonly awsApiPeers?: ec2.IConnectable[];
}

/**
 * The matcher of one partition: two services of one task each, in different zones, each with a journal consumer of its own. A
 * lease decides which of them leads; the other follows the same log, ready to take over. Never on Spot capacity.
 *
 * A deployment stops a task before it starts its successor, so that two tasks never compete for one consumer; the one that stops
 * gives its lease away, and the second service is changed only after the first is back.
 */
export class MatchingService extends Construct {
  /** The service in the first zone. */
  public readonly serviceA: TradingService;
  /** The service in the second zone. */
  public readonly serviceB: TradingService;
  /** Journal consumer of the first service. */
  public readonly consumerA: kinesis.StreamConsumer;
  /** Journal consumer of the second service. */
  public readonly consumerB: kinesis.StreamConsumer;

  public constructor(scope: Construct, id: string, props: MatchingServiceProps) {
    super(scope, id);
    const { vpc } = props.cluster;
    const subnetType = vpc.isolatedSubnets.length > 0 ? ec2.SubnetType.PRIVATE_ISOLATED : ec2.SubnetType.PRIVATE_WITH_EGRESS;
    const { subnets } = vpc.selectSubnets(props.vpcSubnets ?? { subnetType });
    const [first] = subnets;
    const second = subnets.find((subnet) => subnet.availabilityZone !== first?.availabilityZone);
    const faults = new Faults(this.node.path);
    faults.check(second !== undefined, `\`vpcSubnets\` must span two zones, so that a matcher survives the loss of one, got ${subnets.length} subnet(s) of one zone`);
    faults.throwIfAny();
    [this.consumerA, this.serviceA] = this.replica('A', props, first);
    [this.consumerB, this.serviceB] = this.replica('B', props, second ?? first);
    this.serviceB.node.addDependency(this.serviceA.service);
  }

  private replica(id: string, props: MatchingServiceProps, subnet: ec2.ISubnet): [kinesis.StreamConsumer, TradingService] {
    const consumer = new kinesis.StreamConsumer(this, `Consumer${id}`, {
      stream: props.journalStream,
      // Kinesis asks for a name; this one is unique to the construct.
      streamConsumerName: `${Names.uniqueResourceName(this, { maxLength: 120, separator: '-' })}-${id}`,
    });
    const service = new TradingService(this, id, {
      cluster: props.cluster,
      definition: ServiceDefinition.referenceMatcher({ ...props, journalConsumer: consumer }),
      cpu: props.cpu ?? 1024,
      memory: props.memory ?? Size.mebibytes(2048),
      cpuArchitecture: props.cpuArchitecture,
      vpcSubnets: { subnets: [subnet] },
      awsApiPeers: props.awsApiPeers,
      minHealthyPercent: 0,
      maxHealthyPercent: 100,
    });
    return [consumer, service];
  }
}
