import { Validations } from 'aws-cdk-lib';
import { AttributeType, MultiRegionConsistency } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { TradingTable, type TradingTableOptions } from './trading-table';

/** Properties of `WalletsTable`. */
export interface WalletsTableProps extends TradingTableOptions {}

/**
 * Balances by user and asset. Where the ledger decides, this is its read model; where it decides itself, writers use conditional
 * writes and never blind additions, which a repeated delivery would count twice.
 */
export class WalletsTable extends TradingTable {
  public constructor(scope: Construct, id: string, props: WalletsTableProps = {}) {
    super(scope, id, {
      ...props,
      partitionKey: { name: 'userId', type: AttributeType.STRING },
      sortKey: { name: 'asset', type: AttributeType.STRING },
    });
    if ((props.replicas ?? []).length > 0 && props.consistency !== MultiRegionConsistency.STRONG) {
      Validations.of(this).addWarning('cdk-trading-platform:walletsTableEventualReplicas',
        'Balances are copied with EVENTUAL consistency: if two regions write one balance, the later write wins and the other is lost. '
        + 'Write in one region only, or use STRONG `consistency`, which knows no transactions.');
    }
  }
}
