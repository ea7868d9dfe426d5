import { Duration } from 'aws-cdk-lib';
import * as logs from 'aws-cdk-lib/aws-logs';

const ALLOWED = Object.values(logs.RetentionDays).filter((value): value is number => typeof value === 'number' && value < 9999);

/**
 * The retention that CloudWatch Logs has for a duration.
 *
 * @throws Error when CloudWatch Logs does not offer it
 */
export function retentionDays(duration: Duration, prop: string): logs.RetentionDays {
  const days = duration.toDays({ integral: false });
  if (!ALLOWED.includes(days)) {
    throw new Error(`\`${prop}\` must be a number of days that CloudWatch Logs offers (${ALLOWED.join(', ')}), got: ${duration.toHumanString()}`);
  }
  return days as logs.RetentionDays;
}
