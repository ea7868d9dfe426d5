import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as kms from 'aws-cdk-lib/aws-kms';
import { RateLimit } from './rate-limit';
import { WebAclRuleGroup } from './web-acl-rule-group';

/** What the web ACLs of CloudFront and of a region have in common. */
export interface WebAclOptions {
  /**
   * Limits per address.
   *
   * @default RateLimit.defaults()
   */
  readonly rateLimits?: RateLimit[];

  /**
   * Whether AWS's group against floods of requests is asked first. It has a price of its own per month and request.
   *
   * @default false
   */
  readonly antiDdos?: boolean;

  /**
   * Whether addresses of anonymising proxies, Tor and hosting providers are blocked. Traders' programs often run at hosting providers.
   *
   * @default false
   */
  readonly anonymousIps?: boolean;

  /**
   * Whether AWS's group for bots is asked last; it only counts, since most traders are programs. It has a price of its own per month
   * and request.
   *
   * @default false
   */
  readonly botControl?: boolean;

  /**
   * Rules of AWS's core rule set that only count instead of blocking, such as `NoUserAgent_HEADER` for programs that name none.
   *
   * @default - all of them block
   */
  readonly countedRules?: string[];

  /**
   * Groups of rules that are asked after the well-known attacks.
   *
   * @default - none
   */
  readonly ruleGroups?: WebAclRuleGroup[];

  /**
   * Blocked requests within five minutes above which the alarm fires.
   *
   * @default 1000
   */
  readonly blockedRequestsThreshold?: number;

  /**
   * Who is told about alarms.
   *
   * @default - nobody
   */
  readonly alarmActions?: cloudwatch.IAlarmAction[];

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

  /**
   * What happens to the logs and their key when they leave the stack.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}
