import { Duration } from 'aws-cdk-lib';
import type { CfnResource } from 'aws-cdk-lib';
import { Faults } from '../../private/faults';

/** What RDS and DynamoDB keep at most, and what an exchange is expected to keep at least. */
const FULL_DAYS = 35;

/** Key of the metadata that says why a store keeps less than 35 days. */
const METADATA = 'cdk-trading-platform:shortBackupRetention';

/**
 * How long backups are kept. Less than 35 days is never an accident: it takes a reason, which the template then shows beside the
 * resource.
 */
export class BackupRetention {
  /** 35 days, the longest that databases and tables are restorable to any second. */
  public static readonly FULL = new BackupRetention(Duration.days(FULL_DAYS));

  /**
   * At least 35 days. Only copies in AWS Backup can be kept for longer than that.
   *
   * @param duration whole days, 35 or more
   * @throws Error when it is shorter, or a token
   */
  public static of(duration: Duration): BackupRetention {
    const days = plainDays('of', duration);
    const faults = new Faults('BackupRetention.of');
    faults.check(days >= FULL_DAYS, `\`duration\` must be at least ${FULL_DAYS} days, got: ${duration.toHumanString()}; `
      + 'keep less on purpose with `BackupRetention.shorter(duration, reason)`');
    faults.throwIfAny();
    return new BackupRetention(duration);
  }

  /**
   * Less than 35 days, on purpose.
   *
   * @param duration whole days, from 1 to 34
   * @param reason why less is enough here, in a sentence of at least 10 characters
   * @throws Error when the duration is not in between, is a token, or has no reason
   */
  public static shorter(duration: Duration, reason: string): BackupRetention {
    const days = plainDays('shorter', duration);
    const faults = new Faults('BackupRetention.shorter');
    faults.check(days >= 1 && days < FULL_DAYS, `\`duration\` must be from 1 to ${FULL_DAYS - 1} days, got: ${duration.toHumanString()}`);
    faults.check(reason.trim().length >= 10, `\`reason\` must say in 10 characters or more why less than ${FULL_DAYS} days are enough, got: '${reason}'`);
    faults.throwIfAny();
    return new BackupRetention(duration, reason.trim());
  }

  private constructor(
    /** How long backups are kept. */
    public readonly duration: Duration,
    /** Why it is less than 35 days; undefined when it is not. */
    public readonly reason?: string,
  ) {}

  /** Adds what is wrong for a service that keeps 35 days at most. @internal */
  public _checkRestorable(faults: Faults, prop: string): void {
    faults.check(this.duration.toDays() <= FULL_DAYS,
      `\`${prop}\` must be at most ${FULL_DAYS} days, got: ${this.duration.toHumanString()}; keep copies for longer with \`TradingBackup\``);
  }

  /** Writes the reason beside the resource. @internal */
  public _explain(resource: CfnResource): void {
    if (this.reason !== undefined) resource.addMetadata(METADATA, this.reason);
  }
}

function plainDays(factory: string, duration: Duration): number {
  const faults = new Faults(`BackupRetention.${factory}`);
  const days = duration.isUnresolved() ? undefined : duration.toDays({ integral: false });
  faults.check(days !== undefined && Number.isInteger(days),
    `\`duration\` must be a whole number of days, got: ${days === undefined ? 'an unresolved token; read it from the context instead of a parameter' : duration.toHumanString()}`);
  faults.throwIfAny();
  return days ?? 0;
}
