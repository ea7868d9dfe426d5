import * as ecs from 'aws-cdk-lib/aws-ecs';
import { DedicatedCapacity } from './dedicated-capacity';
import { SpotCapacity } from './spot-capacity';

/** A capacity provider that exists already. */
export interface GivenCapacityOptions {
  /** Whether AWS may take its instances back. */
  readonly isInterruptible: boolean;

  /**
   * Processor of its instances.
   *
   * @default ecs.CpuArchitecture.ARM64
   */
  readonly cpuArchitecture?: ecs.CpuArchitecture;
}

/** What the tasks of a service run on. */
export class ServiceCapacity {
  /** Fargate; AWS never takes a task back. */
  public static fargate(): ServiceCapacity {
    return new ServiceCapacity(false, false, () => [{ capacityProvider: 'FARGATE', weight: 1 }]);
  }

  /** Fargate for the tasks that must run, Fargate Spot for those that the load brings on top. */
  public static fargateWithSpot(): ServiceCapacity {
    return ServiceCapacity.fargateSpot(undefined);
  }

  /**
   * Fargate Spot, which AWS takes back with two minutes' notice.
   *
   * @param onDemandBase tasks that run on Fargate and are never taken back; left out, those that must run at least
   */
  public static fargateSpot(onDemandBase?: number): ServiceCapacity {
    return new ServiceCapacity(false, true, (minimum) => {
      const base = onDemandBase ?? minimum;
      return [...(base > 0 ? [{ capacityProvider: 'FARGATE', base, weight: 0 }] : []), { capacityProvider: 'FARGATE_SPOT', weight: 1 }];
    });
  }

  /** EC2 instances that nothing else runs on. */
  public static dedicated(capacity: DedicatedCapacity): ServiceCapacity {
    return ServiceCapacity.instances(capacity.capacityProviderName, false, capacity.cpuArchitecture, capacity.availabilityZones);
  }

  /** EC2 Spot instances, which AWS takes back with two minutes' notice. */
  public static ec2Spot(capacity: SpotCapacity): ServiceCapacity {
    return ServiceCapacity.instances(capacity.capacityProviderName, true, capacity.cpuArchitecture, capacity.availabilityZones);
  }

  /** EC2 instances behind a capacity provider that the cluster has already; an imported cluster must say `hasEc2Capacity`. */
  public static fromCapacityProviderName(name: string, options: GivenCapacityOptions): ServiceCapacity {
    return ServiceCapacity.instances(name, options.isInterruptible, options.cpuArchitecture ?? ecs.CpuArchitecture.ARM64);
  }

  private static instances(name: string, interruptible: boolean, architecture: ecs.CpuArchitecture, zones?: string[]): ServiceCapacity {
    return new ServiceCapacity(true, interruptible, () => [{ capacityProvider: name, weight: 1 }], architecture, zones);
  }

  private constructor(
    /** Whether the tasks run on EC2 instances rather than on Fargate. */
    public readonly isEc2: boolean,
    /** Whether AWS may take tasks back. Nothing with a single writer may run on it. */
    public readonly isInterruptible: boolean,
    private readonly render: (minimum: number) => ecs.CapacityProviderStrategy[],
    /** Processor of the instances; undefined on Fargate, which has both. */
    public readonly cpuArchitecture?: ecs.CpuArchitecture,
    /** Zones of the instances; undefined on Fargate, which has all of them, and where they are not known. */
    public readonly availabilityZones?: string[],
  ) {}

  /**
   * How ECS is told.
   *
   * @param minimum tasks that must run
   * @internal
   */
  public _strategies(minimum: number): ecs.CapacityProviderStrategy[] {
    return this.render(minimum);
  }
}
