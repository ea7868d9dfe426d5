import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { ILedgerDatabase, LedgerDatabase } from '../constructs/data/ledger-database';
import { LedgerInstance } from '../constructs/data/ledger-instance';

/** A ledger as a stack needs it, whatever it is made of. Private to the stacks. */
export interface ChosenLedger {
  readonly ledger: ILedgerDatabase;
  readonly adminSecret: secretsmanager.ISecret;
  readonly cluster?: LedgerDatabase;
  readonly instance?: LedgerInstance;
  readonly cpuAlarm: cloudwatch.Alarm;
  readonly cpuUtilization: cloudwatch.Metric;
  readonly connectionCount: cloudwatch.Metric;
}
