import { Duration, Token } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as rds from 'aws-cdk-lib/aws-rds';
import type { Faults } from '../../private/faults';
import { checkPlain } from '../../private/plain';

/** Bounds of a ledger that grows and shrinks by itself. One ACU is about 2 GiB of memory and the processor that belongs to it. */
export interface ServerlessLedgerOptions {
  /**
   * Least ACU that every instance has: from 0, with which an idle ledger pauses, in halves.
   *
   * @default 0.5
   */
  readonly minAcu?: number;

  /**
   * Most ACU that an instance grows to: from 1 to 256, in halves. It also limits the connections.
   *
   * @default 16
   */
  readonly maxAcu?: number;

  /**
   * After how long without a connection a ledger with 0 ACU pauses: from 5 minutes to a day.
   *
   * @default - five minutes
   */
  readonly pauseAfter?: Duration;
}

/** What the instances of a ledger are made of. The writer and the readers are equal, so that a failover loses no capacity. */
export class LedgerCapacity {
  /**
   * Instances of a fixed class.
   *
   * @param instanceType class of each instance; db.r7g.large unless given
   */
  public static provisioned(instanceType?: ec2.InstanceType): LedgerCapacity {
    return new LedgerCapacity(instanceType ?? ec2.InstanceType.of(ec2.InstanceClass.R7G, ec2.InstanceSize.LARGE));
  }

  /**
   * Aurora Serverless v2.
   *
   * @param options how far the instances shrink and grow
   */
  public static serverless(options: ServerlessLedgerOptions = {}): LedgerCapacity {
    return new LedgerCapacity(undefined, options);
  }

  private constructor(private readonly instanceType?: ec2.InstanceType, private readonly serverless?: ServerlessLedgerOptions) {}

  /**
   * Whether the instances grow and shrink by themselves.
   *
   * @internal
   */
  public get _isServerless(): boolean {
    return this.serverless !== undefined;
  }

  /** @internal */
  public _check(faults: Faults): void {
    if (this.serverless === undefined) return;
    const { min, max } = this.bounds();
    checkPlain(faults, { 'capacity.minAcu': min, 'capacity.maxAcu': max, 'capacity.pauseAfter': this.serverless.pauseAfter });
    if (Token.isUnresolved(min) || Token.isUnresolved(max)) return;
    const halves = (value: number) => Number.isInteger(value * 2);
    faults.check(halves(min) && min >= 0 && min <= 256, `\`capacity.minAcu\` must be from 0 to 256 in halves, got: ${min}`);
    faults.check(halves(max) && max >= 1 && max <= 256, `\`capacity.maxAcu\` must be from 1 to 256 in halves, got: ${max}`);
    faults.check(!(max < min), `\`capacity.maxAcu\` must not be below \`minAcu\` of ${min}, got: ${max}`);
    const pause = this.serverless.pauseAfter;
    faults.check(pause === undefined || min === 0, `\`capacity.pauseAfter\` needs \`minAcu\` 0, got: ${min}`);
    faults.check(pause === undefined || pause.isUnresolved() || (pause.toSeconds() >= 300 && pause.toSeconds() <= 86_400),
      `\`capacity.pauseAfter\` must be from 5 minutes to a day, got: ${pause?.toHumanString()}`);
  }

  /** @internal */
  public _instance(id: string, promotionTier: number, common: rds.ProvisionedClusterInstanceProps): rds.IClusterInstance {
    return this.instanceType === undefined
      // The readers that would take over keep the size of the writer.
      ? rds.ClusterInstance.serverlessV2(id, { ...common, ...(promotionTier === 0 ? {} : { scaleWithWriter: promotionTier === 1 }) })
      : rds.ClusterInstance.provisioned(id, { ...common, instanceType: this.instanceType, promotionTier });
  }

  /** @internal */
  public _cluster(): { serverlessV2MinCapacity?: number; serverlessV2MaxCapacity?: number; serverlessV2AutoPauseDuration?: Duration } {
    if (this.serverless === undefined) return {};
    const { min, max } = this.bounds();
    return { serverlessV2MinCapacity: min, serverlessV2MaxCapacity: max, serverlessV2AutoPauseDuration: this.serverless.pauseAfter };
  }

  private bounds(): { min: number; max: number } {
    return { min: this.serverless?.minAcu ?? 0.5, max: this.serverless?.maxAcu ?? 16 };
  }
}
