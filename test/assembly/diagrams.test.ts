import { readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { overviewGraph, readable, stackGraph } from '../../scripts/diagrams/dot';
import { systemModel, type SystemModel } from '../../scripts/diagrams/model';
import { diagramsOf, fileName } from '../../scripts/diagrams/render';
import { servicesOf } from '../../scripts/diagrams/services';
import { ServerlessSimulator } from '../../src/stacks/serverless-simulator';
import { SimulatorStage } from '../../src/stacks/serverless-simulator/simulator-stage';
import { synthesised } from '../support/synthesised';

const images = join(__dirname, '../../docs/images/stacks');
let assembly: string;
let model: SystemModel;

beforeAll(() => {
  // What examples/serverless-simulator.ts deploys.
  assembly = synthesised((app) => void new ServerlessSimulator(app, 'ServerlessSimulator', { stage: SimulatorStage.SCALE, monthlyBudgetUsd: 250 }));
  model = systemModel(assembly);
});
afterAll(() => rmSync(assembly, { recursive: true, force: true }));

test('the drawings of a system are those of its templates; npm run diagrams makes them anew', async () => {
  const folder = join(images, 'serverless-simulator');
  const drawings = await diagramsOf(assembly, 'ServerlessSimulator');
  expect(readdirSync(folder).sort()).toEqual([...drawings.keys()].sort());
  for (const [file, svg] of drawings) expect({ file, svg: readFileSync(join(folder, file), 'utf8') }).toEqual({ file, svg });
});

test('each stack is a file, and each resource of ours is in one box', () => {
  expect(model.stacks.map(({ path }) => fileName(path)).sort()).toEqual(['application', 'data', 'network', 'operations', 'site']);
  const boxed = model.groups.reduce((sum, { types }) => sum + types.length, 0);
  const all = model.stacks.reduce((sum, { stack }) => sum + Object.keys(stack.template.Resources ?? {}).length, 0);
  // CDK's own function that uploads the page has no box.
  expect(all - boxed).toBeLessThanOrEqual(5);
});

test('a line leads from who uses to what is used, across stacks and through security groups', () => {
  const uses = model.uses.map(({ from, to }) => `${from.name} > ${to.stack === from.stack ? '' : 'Data/'}${to.name}`);
  expect(uses).toEqual(expect.arrayContaining(['RestApi > Apitrades', 'Apitrades > Data/Trades', 'LightBacktests > Data/LightBacktests', 'WebSocketApi > Stream']));
  // Nothing uses its user.
  expect(uses).not.toContain('Apitrades > RestApi');
  // Everything logs and is encrypted: nobody wants to see that.
  expect(uses.filter((use) => /AccessLogs|Key$|Network/.test(use))).toEqual([]);
});

test('a graph shows boxes of its own stack filled and others dashed, with services named as people know them', () => {
  const { stack } = model.stacks.find(({ path }) => path.endsWith('/Application'))!;
  const graph = stackGraph(model, stack);
  expect(graph).toContain('<B>Rest API</B>');
  expect(graph).toContain('API Gateway (REST)');
  expect(graph).toMatch(/subgraph cluster_0 \{\s+label="stack Data"/);
  expect(graph.match(/rounded,filled,dashed/g)!.length).toBeGreaterThan(5);
  expect(overviewGraph(model, 'ServerlessSimulator')).toContain('5 stacks in us-east-1');
});

test.each([
  ['MarketData', 'Market data'], ['WebAcl', 'Web ACL'], ['Apitrades', 'API trades'], ['RestApi', 'Rest API'], ['Slo', 'SLO'],
])('%s is read as %s', (name, text) => expect(readable(name)).toBe(text));

test('a box names what it is, not what helps it', () => {
  expect(servicesOf(['AWS::IAM::Role', 'AWS::Lambda::Function', 'AWS::Logs::LogGroup']).map(({ name }) => name)).toEqual(['Lambda']);
  expect(servicesOf(['AWS::KMS::Key']).map(({ name }) => name)).toEqual(['KMS keys']);
  expect(servicesOf(['AWS::RDS::DBInstance', 'AWS::RDS::DBCluster', 'AWS::SecretsManager::Secret']).map(({ name }) => name)).toEqual(['Aurora PostgreSQL', 'Secrets Manager']);
});
