/** How the services of RealtimeSimulator use what they may; what they may at all is in `test/assurance/system-access.test.ts`, for all systems. */
import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { simulator } from '../support/simulator';
import { statementsOf } from '../support/templates';

const system = simulator();
const { application, simulation } = system;
const roles: iam.Role[] = [
  application.api.taskRole, application.matching.serviceA.taskRole, application.matching.serviceB.taskRole, application.streamer.taskRole,
  application.settlement.role, application.setup.role, simulation.workers.taskRole, simulation.historySync.taskRole,
];

const statements = (role: iam.Role) => statementsOf(Stack.of(role), Stack.of(role).getLogicalId(role.node.defaultChild as iam.CfnRole));

test('a key is used through the service whose data it encrypts only', () => {
  for (const role of roles) {
    for (const { condition } of statements(role).filter((statement) => statement.actions.some((action) => action.startsWith('kms:')))) {
      expect(JSON.stringify(condition)).toMatch(/^\{"StringEquals":\{"kms:ViaService":/);
    }
  }
});

test('a service signs in to the ledger as its own role', () => {
  const user = (role: iam.Role) => JSON.stringify(statements(role).filter((statement) => statement.actions.includes('rds-db:connect')).map(({ resources }) => resources));
  expect(user(application.api.taskRole)).toMatch(/\/api"/);
  expect(user(application.settlement.role)).toMatch(/\/settlement"/);
  expect(user(simulation.historySync.taskRole)).toMatch(/\/history"/);
  expect(user(application.streamer.taskRole)).toBe('[]');
  expect(user(simulation.workers.taskRole)).toBe('[]');
});

test('the matcher lists its own snapshots only', () => {
  const [list] = statements(application.matching.serviceA.taskRole).filter((statement) => statement.actions.includes('s3:ListBucket'));
  expect(list.condition).toEqual({ StringLike: { 's3:prefix': 'matcher-snapshots/*' } });
});
