import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemByName } from './systems';

describe('systems by their class', () => {
  const root = mkdtempSync(join(tmpdir(), 'systems-'));
  mkdirSync(join(root, 'examples'));
  for (const app of ['realtime-simulator.ts', 'gateway-exchange.ts', 'tsconfig.json']) writeFileSync(join(root, 'examples', app), '');
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  test('each has an app, an assembly and a data folder of its own', () => {
    expect(systemByName('GatewayExchange', root)).toEqual({
      name: 'GatewayExchange', app: 'examples/gateway-exchange.ts', assembly: join(root, 'cdk.out.gateway-exchange'), data: join(root, '.local.gateway-exchange'),
    });
    expect(systemByName('RealtimeSimulator', root)).toMatchObject({ assembly: join(root, 'cdk.out'), data: join(root, '.local') });
  });

  test.each(['Gateway', '../realtime-simulator', ''])('fails on %j with what there is', (name) => {
    expect(() => systemByName(name, root)).toThrow('--system must be one of GatewayExchange, RealtimeSimulator');
  });
});
