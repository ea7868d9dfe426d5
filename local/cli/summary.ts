import type { Platform } from '../platform';

/** What a person needs once everything runs. */
export function summary(platform: Platform): string {
  const about = platform.describe();
  const cloudOnly = Object.entries(platform.cloudOnly).sort(([, a], [, b]) => b - a);
  const count = cloudOnly.reduce((sum, [, one]) => sum + one, 0);
  const shown = cloudOnly.slice(0, 6).map(([type, one]) => `${one} ${type.replace(/^AWS::/, '')}`).join(', ');
  const rows: [string, string][] = [
    ['Live page', about.baseUrl],
    ['API', `${about.baseUrl}/v1`],
    ['WebSocket', about.wsUrl],
    ['User directory', about.environment.AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER ?? ''],
    ['Ledger', about.databaseUrl?.replace(/:[^:@]*@/, ':…@').replace(/\?.*/, '') ?? ''],
    ['Cache', about.redis?.url ?? ''],
    ['Lambda, secrets', about.controlUrl],
    ['Logs', about.logs],
  ];
  const users = about.users.map(({ username, password, role }): [string, string] => [username, `${password}   ${role === 'operator' ? 'operator' : 'trader with play money'}`]);
  return [
    '',
    table(rows.filter(([, value]) => value !== '')),
    ...(users.length > 0 ? ['', 'Sign in as', table(users)] : []),
    '',
    count > 0 ? `Not here, only in the cloud: ${count} resources (${shown}${cloudOnly.length > 6 ? ', …' : ''}).` : '',
    'Ctrl-C stops everything; data is kept until --fresh.',
  ].join('\n');
}

function table(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`).join('\n');
}
