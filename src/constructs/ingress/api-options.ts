import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as kms from 'aws-cdk-lib/aws-kms';
import { ApiDomain } from './api-domain';

/** What the APIs of API Gateway have in common. */
export interface ApiOptions {
  /**
   * Requests per second of all clients together, messages and connects for a WebSocket API. An account may have 10,000 in a region unless
   * AWS raised that.
   *
   * @default 10000
   */
  readonly rateLimit?: number;

  /**
   * Requests that may come at once. AWS does not raise 5,000.
   *
   * @default 5000
   */
  readonly burstLimit?: number;

  /**
   * Name of your own for the API.
   *
   * @default - the name that API Gateway gives it
   */
  readonly domain?: ApiDomain;

  /**
   * Who is told about alarms.
   *
   * @default - nobody
   */
  readonly alarmActions?: cloudwatch.IAlarmAction[];

  /**
   * Whether API Gateway's account-wide role for logs is defined in this stack. Say false where another stack of the account has it.
   *
   * @default true
   */
  readonly accountLogging?: boolean;

  /**
   * Key that encrypts the logs, and the table of connections of a WebSocket API.
   *
   * @default - a key for the logs is defined; the table has DynamoDB's key of this account
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * How long logs are kept.
   *
   * @default Duration.days(90)
   */
  readonly logRetention?: Duration;
}
