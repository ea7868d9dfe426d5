import { Duration, Size } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as kms from 'aws-cdk-lib/aws-kms';

/** Where the tasks of a service run and what they get, the same for every kind of service. */
export interface TaskOptions {
  /** Cluster that runs the tasks. */
  readonly cluster: ecs.ICluster;

  /**
   * CPU units of a task: 256, 512, 1024, 2048, 4096, 8192 or 16384, of which 1024 make one virtual CPU.
   *
   * @default - 512; 1024 for a matcher and for workers
   */
  readonly cpu?: number;

  /**
   * Memory of a task. Fargate has sizes that go with the CPU units.
   *
   * @default - 1024 MiB; 2048 MiB for a matcher and for workers
   */
  readonly memory?: Size;

  /**
   * Processor of the tasks; the image is built for it.
   *
   * @default - that of the capacity where it has instances of its own, ARM64 otherwise
   */
  readonly cpuArchitecture?: ecs.CpuArchitecture;

  /**
   * Subnets of the tasks.
   *
   * @default - private subnets when the service's manifest asks for internet egress, isolated ones otherwise
   */
  readonly vpcSubnets?: ec2.SubnetSelection;

  /**
   * What the tasks reach the AWS APIs through, on TCP 443.
   *
   * @default - any IPv4 address, which in an isolated subnet means what its endpoints offer
   */
  readonly awsApiPeers?: ec2.IConnectable[];

  /**
   * Key that encrypts the logs.
   *
   * @default - a key is defined
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * How long logs are kept.
   *
   * @default Duration.days(90)
   */
  readonly logRetention?: Duration;
}
