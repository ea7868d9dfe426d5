import { RemovalPolicy } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import { accept, inPacks } from './acknowledgements-shared';
import { LedgerInstance } from '../constructs/data/ledger-instance';

/** A ledger that is thrown away with its environment. */
export function acceptThrowaway(database: IConstruct, removalPolicy?: RemovalPolicy): void {
  if (removalPolicy !== RemovalPolicy.DESTROY) return;
  accept(database, inPacks('RDS10', ['AwsSolutions']),
    'The system was declared with RemovalPolicy.DESTROY: its environment is meant to be deleted with everything in it.',
    'the default of the system is RETAIN with deletion protection');
}

/** A ledger of one instance. */
export function acceptLedgerInstance(ledger: LedgerInstance): void {
  accept(ledger.instance, inPacks('RDSInBackupPlan', ['HIPAA.Security', 'NIST.800.53.R4', 'NIST.800.53.R5']),
    'The instance has automated backups of its own, from which RDS restores every second of the retention; a plan would copy them once more.',
    'automated backups with deletion protection, and the journal, from which settlement can be done again');
}
