import { Annotations, Duration, Names, Size } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as servicediscovery from 'aws-cdk-lib/aws-servicediscovery';
import { Construct } from 'constructs';
import { CollectorOptions } from './collector-sidecar';
import { DedicatedCapacity } from './dedicated-capacity';
import { ServiceCapacity } from './service-capacity';
import { TaskOptions } from './task-options';
import { TradingService } from './trading-service';
import { Faults } from '../../private/faults';
import { ReferenceMatcherNeeds, ServiceDefinition } from '../../private/services.generated';

/** Properties of `MatchingService`: where it runs, and what the service needs. */
export interface MatchingServiceProps extends ReferenceMatcherNeeds, TaskOptions {
  /**
   * EC2 instances that nothing else runs on, for a matcher whose processor must not be shared.
   *
   * @default - Fargate, or what `capacity` says
   */
  readonly dedicatedCapacity?: DedicatedCapacity;

  /**
   * What the tasks run on instead. Spot capacity of any kind is refused.
   *
   * @default ServiceCapacity.fargate()
   */
  readonly capacity?: ServiceCapacity;

  /**
   * An OpenTelemetry collector beside each matcher. With one beside the API as well, traces of orders go on here and in settlement. A matcher
   * of a build that knows no traces stops at a record that carries one: give the API its collector in a deployment of its own, after that
   * of the matchers.
   *
   * @default - none
   */
  readonly collector?: CollectorOptions;

  /**
   * Namespace in which the matchers have names, so that others can ask them for books. Let them in with `allowQueriesFrom`.
   *
   * @default - they have no names, and nobody asks them
   */
  readonly namespace?: servicediscovery.INamespace;
}

/**
 * The matcher of one partition: two services of one task each, in different zones, each with a journal consumer of its own. A
 * lease decides which of them leads; the other follows the same log, ready to take over. Never on Spot capacity.
 *
 * A deployment stops a task before it starts its successor, so that two tasks never compete for one consumer; the one that stops
 * gives its lease away, and the second service is changed only after the first is healthy again, which it is when it has caught
 * up with the journal. So a deployment never stops both. Which of them leads is not known to a template: the first one is replaced first.
 */
export class MatchingService extends Construct {
  /** The service in the first zone; a deployment replaces it first. */
  public readonly serviceA: TradingService;
  /** The service in the second zone. */
  public readonly serviceB: TradingService;
  /** Journal consumer of the first service; undefined where the journal is no stream. */
  public readonly consumerA?: kinesis.StreamConsumer;
  /** Journal consumer of the second service; undefined where the journal is no stream. */
  public readonly consumerB?: kinesis.StreamConsumer;
  /** What the tasks run on. */
  public readonly capacity: ServiceCapacity;
  /** `host:port` of both matchers, separated by a comma, for who asks them for books; undefined without a namespace. */
  public readonly queryEndpoints?: string;

  public constructor(scope: Construct, id: string, props: MatchingServiceProps) {
    super(scope, id);
    const { vpc } = props.cluster;
    const { dedicatedCapacity: dedicated } = props;
    this.capacity = dedicated === undefined ? props.capacity ?? ServiceCapacity.fargate() : ServiceCapacity.dedicated(dedicated);
    const zones = this.capacity.availabilityZones;
    const subnetType = vpc.isolatedSubnets.length > 0 ? ec2.SubnetType.PRIVATE_ISOLATED : ec2.SubnetType.PRIVATE_WITH_EGRESS;
    const subnets = vpc.selectSubnets(props.vpcSubnets ?? { subnetType }).subnets
      .filter(({ availabilityZone }) => zones?.includes(availabilityZone) ?? true);
    const [first] = subnets;
    const second = subnets.find((subnet) => subnet.availabilityZone !== first?.availabilityZone);
    const faults = new Faults(this.node.path);
    faults.check(dedicated === undefined || props.capacity === undefined, '`dedicatedCapacity` and `capacity` say the same thing; leave one of them out');
    faults.check(!this.capacity.isInterruptible, '`capacity` must not be Spot: AWS takes it back with two minutes\' notice, and with it a partition\'s only writer; use Fargate or DedicatedCapacity');
    faults.check(second !== undefined, `\`vpcSubnets\` must span two zones${zones === undefined ? '' : ' of the capacity'}, so that a matcher survives the loss of one, got ${subnets.length} subnet(s) of one zone`);
    const { journalStream, journalDatabase, journalBrokers, journalTopic, journalPath, leaseTable, leaseDatabase } = props;
    const journals = [journalStream, journalDatabase, journalBrokers].filter((one) => one !== undefined).length;
    faults.check(journals === 1, `one journal must be named, got ${journals}; set one of \`journalStream\`, \`journalDatabase\` and \`journalBrokers\``);
    faults.check((journalBrokers === undefined) === (journalTopic === undefined), '`journalBrokers` and `journalTopic` belong together; set both or neither');
    faults.check(journalPath === undefined, '`journalPath` is a folder of one machine, and the matchers run on two; name another journal');
    faults.check((leaseTable === undefined) !== (leaseDatabase === undefined), 'the lease is in one place; set either `leaseTable` or `leaseDatabase`');
    faults.throwIfAny();
    if (dedicated !== undefined && dedicated.minInstances < dedicated.availabilityZones.length) {
      Annotations.of(this).addWarningV2('cdk-trading-platform:matcherMayWaitForInstance',
        `${dedicated.minInstances} instances over ${dedicated.availabilityZones.length} zones may leave a matcher's zone without one until the group has scaled; set \`minInstances\` to the number of zones, or give the capacity two zones`);
    }
    [this.consumerA, this.serviceA] = this.replica('A', props, first);
    [this.consumerB, this.serviceB] = this.replica('B', props, second ?? first);
    this.serviceB.node.addDependency(this.serviceA.service);
    const { namespace } = props;
    if (namespace !== undefined) {
      this.queryEndpoints = [this.serviceA, this.serviceB].map((replica) => {
        const named = replica.service.enableCloudMap({ cloudMapNamespace: namespace, dnsTtl: Duration.seconds(10) });
        return `${named.serviceName}.${namespace.namespaceName}:${replica.port}`;
      }).join(',');
    }
  }

  /** Lets somebody ask both matchers for books, positions and state hashes, which changes nothing. */
  public allowQueriesFrom(other: ec2.IConnectable): void {
    for (const { connections, port } of [this.serviceA, this.serviceB]) connections.allowFrom(other, ec2.Port.tcp(port), 'asks for books');
  }

  private replica(id: string, props: MatchingServiceProps, subnet: ec2.ISubnet): [kinesis.StreamConsumer | undefined, TradingService] {
    const consumer = props.journalStream && new kinesis.StreamConsumer(this, `Consumer${id}`, {
      stream: props.journalStream,
      // Kinesis asks for a name; this one is unique to the construct.
      streamConsumerName: `${Names.uniqueResourceName(this, { maxLength: 120, separator: '-' })}-${id}`,
    });
    const service = new TradingService(this, id, {
      cluster: props.cluster,
      definition: ServiceDefinition.referenceMatcher({ ...props, journalConsumer: consumer }),
      capacity: this.capacity,
      cpu: props.cpu ?? 1024,
      memory: props.memory ?? Size.mebibytes(2048),
      cpuArchitecture: props.cpuArchitecture,
      vpcSubnets: { subnets: [subnet] },
      awsApiPeers: props.awsApiPeers,
      encryptionKey: props.encryptionKey,
      logRetention: props.logRetention,
      collector: props.collector,
      minHealthyPercent: 0,
      maxHealthyPercent: 100,
    });
    return [consumer, service];
  }
}
