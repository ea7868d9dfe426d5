import { Environment } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { LayerStack, mail } from './common';
import { CostAllocationTags, CostAnomalyMonitor, MaintenanceDay, MaintenancePlan, MaintenanceWindow, TradingBudget, UsageExport } from '../../../src';

/** Every construct of the layer in its minimal form. */
export function governance(scope: Construct, env?: Environment): void {
  const stack = new LayerStack(scope, 'Governance', env);
  const { accessLogs, encryptionKey } = stack;
  stack.create(CostAllocationTags, 'Tags', { system: 'GatewayExchange', environment: 'production', costCenter: '4711', owner: 'platform' });
  stack.create(TradingBudget, 'Budget', { monthlyLimitUsd: 6000, emails: mail });
  stack.create(CostAnomalyMonitor, 'Anomalies', { emails: mail });
  stack.create(MaintenancePlan, 'Maintenance', { window: MaintenanceWindow.weekly({ day: MaintenanceDay.SUNDAY, start: '03:00' }) });
  stack.create(UsageExport, 'Usage', { accessLogs, encryptionKey });
}
