/** The failover drill on the running system, small: the whole of it is `npm run drill:local`. */
import { brokenIsCaught, drillLocally, type LocalDrillOptions } from '../../integ/local/drill';
import { prepareAssembly } from '../../local/cli/assembly';
import { DEFAULT_SYSTEM, systemByName } from '../../local/cli/systems';

const FULL = process.env.FULL === '1';
const said: string[] = [];
let options: LocalDrillOptions;

beforeAll(async () => {
  const assembly = await prepareAssembly(systemByName(DEFAULT_SYSTEM), () => undefined);
  options = {
    assembly, rate: 100, rounds: FULL ? 5 : 1, tasks: 2, holdMs: 2_000, say: (line) => said.push(line),
    faults: FULL ? undefined : ['matcher-kill'],
    // A machine that runs other tests has seconds that are not good without any fault.
    criteria: { seconds: 3, share: 0.9, withinMs: 3_000 },
  };
}, 300_000);

test('the faults cost no order, and orders are served again in time', async () => {
  const { result: { verdict }, problems } = await drillLocally(options);
  expect({ problems, said }).toEqual({ problems: [], said });
  for (const { acknowledged, lost, duplicated, rtoSeconds } of verdict.faults) {
    expect({ lost, duplicated }).toEqual({ lost: 0, duplicated: 0 });
    expect(acknowledged).toBeGreaterThan(100);
    expect(rtoSeconds.max).toBeLessThan(10);
  }
  expect(verdict.books).toMatchObject({ phantom: [], renamed: [], rejected: [] });
}, FULL ? 1_800_000 : 180_000);

test('an API that acknowledges before the journal has the order is found out', async () => {
  expect({ caught: await brokenIsCaught(options), said }).toEqual({ caught: true, said });
}, 180_000);
