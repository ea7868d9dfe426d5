/** Every public construct of each layer in its minimal form: six rule packs and CloudFormation's own validation, findings as errors. */
import { App, Stack, Validations } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { LibraryAcknowledgements } from '../../src/assurance/library-acknowledgements';
import { EVERY_CONSTRUCT, LAYERS } from '../support/every-construct';
import { PACKS, packReport } from '../support/rule-packs';

const reports: Record<string, ReturnType<typeof makeReport>> = {};
const reportOf = (layer: string) => reports[layer] ??= makeReport(layer);

/** Constructs may acknowledge what the built-in rules find by themselves. */
const isOfPack = (id: string) => PACKS.includes(id.split('::')[0]);

function makeReport(layer: string) {
  let app: App | undefined;
  const report = packReport((given) => {
    app = given;
    EVERY_CONSTRUCT[layer](given);
    LibraryAcknowledgements.apply(given, { owner: 'platform', reviewBy: '2027-05-31' });
  });
  const acknowledged = app!.node.findAll().flatMap(({ node }) => node.metadata
    .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
    .flatMap(({ data }) => Object.keys(data as object).filter(isOfPack).map((id) => `${id} at ${node.path}`)));
  const found = report.suppressed.filter(({ acknowledgedId }) => isOfPack(acknowledgedId!)).flatMap(({ acknowledgedId, violatingConstructs }) =>
    violatingConstructs.map(({ constructPath }) => `${acknowledgedId} at ${constructPath}`));
  return { report, acknowledged: [...new Set(acknowledged)].sort(), found: [...new Set(found)].sort() };
}

test('all six packs and the built-in rules would stop what is careless', () => {
  const { plugins, error } = packReport((app) => {
    const stack = new Stack(app, 'Careless');
    new s3.Bucket(stack, 'Bare');
    new lambda.Function(stack, 'Untraced', { runtime: lambda.Runtime.NODEJS_22_X, handler: 'index.handler', code: lambda.Code.fromInline('exports.handler = 0') });
    new sqs.CfnQueue(stack, 'Wrong', { fifoQueue: true, queueName: 'wrong' });
  });
  expect(plugins).toEqual(expect.arrayContaining([...PACKS, 'CloudFormation Validate']));
  expect(error).not.toBe('');
});

describe.each(LAYERS)('%s', (layer) => {
  test('nothing is violated in six packs and the built-in rules, not even as a warning', () => {
    const { report } = reportOf(layer);
    expect(report.violations).toEqual([]);
    expect(report.error).toBe('');
  });

  test('everything that the library acknowledges is a finding of the resource that it names', () => {
    const { acknowledged, found } = reportOf(layer);
    expect(acknowledged).toEqual(found);
  });

  test('every suppression says why, who answers for it and until when', () => {
    for (const { reason } of reportOf(layer).report.suppressed) expect(reason).toMatch(/^.{20,} Owner: platform\. Control: .{5,}\. Review by 2027-05-31\.$/);
  });

  test('without the acknowledgements the same findings are there', () => {
    const { violations } = packReport(EVERY_CONSTRUCT[layer]);
    expect([...new Set(violations)].sort()).toEqual(reportOf(layer).found.map((finding) => finding.replace(/^[^:]+::/, '')).sort());
  });
});
