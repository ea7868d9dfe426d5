import { Size } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { ChosenLedger } from './chosen-ledger';
import { LedgerDatabase } from '../constructs/data/ledger-database';
import { LedgerInstance } from '../constructs/data/ledger-instance';
import type { LedgerOptions } from '../constructs/data/ledger-options';

/** What a small ledger is made of. */
export interface SmallLedgerOptions {
  /**
   * Class of the instance and its standby.
   *
   * @default - db.t4g.medium
   */
  readonly instanceType?: ec2.InstanceType;

  /**
   * Storage at the start, from 20 GiB.
   *
   * @default Size.gibibytes(50)
   */
  readonly storage?: Size;

  /**
   * Storage that the instance may grow to by itself.
   *
   * @default - four times `storage`
   */
  readonly maxStorage?: Size;
}

type Maker = (scope: Construct, id: string, options: LedgerOptions) => ChosenLedger;

/**
 * What the ledger of a system runs on. Both are PostgreSQL with a standby in another zone, the same schema and the same users; they
 * differ in cost, failover and room to grow. Chosen once: CloudFormation refuses to make one of the other in place, so that a deployment
 * cannot leave the books behind.
 */
export class LedgerChoice {
  /**
   * Aurora PostgreSQL with a writer and a reader: fails over in under a minute, reads scale.
   *
   * @param instanceType class of the writer and of the reader; db.r7g.large unless given
   */
  public static aurora(instanceType?: ec2.InstanceType): LedgerChoice {
    return new LedgerChoice((scope, id, options) => {
      const cluster = new LedgerDatabase(scope, id, { ...options, instanceType });
      return {
        ledger: cluster,
        adminSecret: cluster.adminSecret,
        cluster,
        cpuAlarm: cluster.cpuAlarm,
        cpuUtilization: cluster.metricCpuUtilization(),
        connectionCount: cluster.metricDatabaseConnections(),
      };
    });
  }

  /**
   * One RDS for PostgreSQL instance with a synchronous standby: a fraction of the cost, for a simulator of some hundred users.
   *
   * @param options class and storage
   */
  public static small(options: SmallLedgerOptions = {}): LedgerChoice {
    return new LedgerChoice((scope, id, shared) => {
      const instance = new LedgerInstance(scope, id, { ...shared, ...options });
      return {
        ledger: instance,
        adminSecret: instance.adminSecret,
        instance,
        cpuAlarm: instance.cpuAlarm,
        cpuUtilization: instance.metricCpuUtilization(),
        connectionCount: instance.metricDatabaseConnections(),
      };
    });
  }

  private constructor(private readonly make: Maker) {}

  /**
   * Makes it.
   *
   * @internal
   */
  public _create(scope: Construct, id: string, options: LedgerOptions): ChosenLedger {
    return this.make(scope, id, options);
  }
}
