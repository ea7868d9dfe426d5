import { Duration, Lazy } from 'aws-cdk-lib';
import { RealtimeSimulatorProps } from '../../src';
import { instrumentsJson } from '../../src/stacks/instruments';
import { startingBalancesJson } from '../../src/stacks/starting-balances';
import { simulator } from '../support/simulator';
import { resourcesOf } from '../support/templates';

const { json } = instrumentsJson();

interface Container { readonly Name: string; readonly Environment: readonly { readonly Name: string; readonly Value: unknown }[] }

/** What the API of a simulator is told. */
function told(props: RealtimeSimulatorProps): Record<string, unknown> {
  const api = Object.values(resourcesOf(simulator(props).application)).filter(({ Type }) => Type === 'AWS::ECS::TaskDefinition')
    .flatMap(({ Properties }) => Properties.ContainerDefinitions as Container[]).find(({ Name }) => Name === 'reference-api')!;
  return Object.fromEntries(api.Environment.filter(({ Name }) => ['STARTING_BALANCES', 'ADMISSION'].includes(Name)).map(({ Name, Value }) => [Name, Value]));
}

test('everybody begins with a hundred thousand of what prices are given in, unless something else is said', () => {
  expect(startingBalancesJson(undefined, json)).toBe('{"USDT":"100000"}');
  const [btc] = JSON.parse(json) as { quote: object }[];
  expect(startingBalancesJson(undefined, JSON.stringify([{ ...btc, quote: { code: 'EUR', decimals: 2 } }]))).toBe('{"EUR":"100000"}');
  expect(startingBalancesJson({ USDT: '5000.5', BTC: '0.00000001' }, json)).toBe('{"USDT":"5000.5","BTC":"0.00000001"}');
  expect(startingBalancesJson({}, json)).toBeUndefined();
});

test('a token is passed on as it is', () => {
  const amount = Lazy.string({ produce: () => '7' });
  expect(startingBalancesJson({ USDT: amount }, json)).toContain(amount);
});

test.each<[Record<string, string>, RegExp]>([
  [{ XRP: '5' }, /no instrument trades XRP; those that are traded are BTC, USDT, ETH/],
  [{ USDT: '0' }, /amount of USDT must be a decimal number above zero.*got: '0'/],
  [{ USDT: '1e5' }, /got: '1e5'/],
  [{ USDT: '-1' }, /got: '-1'/],
  [{ BTC: '0.000000001' }, /at most its 8 decimals, got: '0.000000001'/],
  [{ BTC: '100000000000' }, /more than can be counted/],
  [{ XRP: '5', USDT: 'much' }, /no instrument trades XRP.*; the amount of USDT/],
])('fails for %j', (balances, message) => {
  expect(() => startingBalancesJson(balances, json)).toThrow(message);
});

test('the API of a simulator is told, and nothing when nobody is given anything', () => {
  expect(told({})).toEqual({ STARTING_BALANCES: '{"USDT":"100000"}', ADMISSION: '{"trustedProxies":2}' });
  expect(told({ startingBalances: { USDT: '5' }, accountResetInterval: Duration.minutes(5) }))
    .toEqual({ STARTING_BALANCES: '{"USDT":"5"}', ADMISSION: '{"trustedProxies":2,"secondsBetweenResets":300}' });
  expect(told({ startingBalances: {} })).toEqual({ ADMISSION: '{"trustedProxies":2}' });
  expect(() => simulator({ startingBalances: { XRP: '1' } })).toThrow(/no instrument trades XRP/);
  expect(() => simulator({ accountResetInterval: Duration.days(2) })).toThrow(/`accountResetInterval` must be at most a day/);
});
