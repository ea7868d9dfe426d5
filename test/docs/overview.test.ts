/** docs/constructs/README.md is what the constructs say of themselves, and names all of them. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { constructsOf, entriesOf } from '../../scripts/docs/inventory';
import { firstSentence, sectionsOfPage, sentencesOf } from '../../scripts/docs/pages';
import { securityFacts } from '../../scripts/docs/security-facts';
import { packsIn } from '../../scripts/docs/table';
import { composed, recovery, watched } from '../../scripts/docs/template-facts';
import { currentOverview } from '../../scripts/generate-docs';
import { EVERY_CONSTRUCT } from '../support/every-construct';

const root = join(__dirname, '../..');
const written = readFileSync(join(root, 'docs/constructs/README.md'), 'utf8');
const layers = Object.keys(EVERY_CONSTRUCT);

describe('the overview of the constructs', () => {
  const entries = layers.flatMap(entriesOf);

  test('is fresh: npm run docs', () => {
    expect(written).toBe(currentOverview());
  });

  test('names every construct of every layer', () => {
    const named = [...packsIn(written).keys()];
    expect(layers.flatMap((layer) => [...constructsOf(layer).keys()]).filter((name) => !named.includes(name))).toEqual([]);
  });

  test('has no construct with findings that nobody accepted', () => {
    expect([...packsIn(written)].filter(([, words]) => !words.startsWith('clean')).map(([name, words]) => `${name}: ${words}`)).toEqual([]);
  });

  test('links every construct to a page that says how it fails and what it costs', () => {
    const page = (path: string) => join(root, 'docs/constructs', path);
    expect(entries.filter((entry) => !existsSync(page(entry.page))).map(({ name }) => name)).toEqual([]);
    const silent = entries.filter((entry) => existsSync(page(entry.page))).filter((entry) => {
      const { failure, cost } = sentencesOf(readFileSync(page(entry.page), 'utf8'));
      return failure === undefined || cost === undefined;
    });
    expect(silent.map(({ name }) => name)).toEqual([]);
  });
});

describe('a page', () => {
  test.each([
    ['headings', '# X\n\n```ts\n## In failure\n```\n\n## In failure\n\nIt heals. Then more.\n\n## Cost drivers\n\n$0.10 per GB (2024-07). And so on.\n'],
    ['bold words', '# X\n\n**Behaviour in failure.** It\nheals. Then more.\n\n**Cost drivers.** $0.10 per GB (2024-07). And so on.\n'],
  ])('is read by its %s', (_what, page) => {
    expect(sentencesOf(page)).toEqual({ failure: 'It heals.', cost: '$0.10 per GB (2024-07).' });
  });

  test('may say several things under one heading', () => {
    expect(sectionsOfPage('**Security defaults, alarms, cost drivers.** None.\n').get('cost drivers')).toBe('None.');
  });

  test('keeps figures and abbreviations together', () => {
    expect(firstSentence('Costs 0.10 USD, e.g. for alarms. More.')).toBe('Costs 0.10 USD, e.g. for alarms.');
  });
});

describe('facts of a template', () => {
  const bucket = (properties: object, DeletionPolicy?: string) => ({ Type: 'AWS::S3::Bucket', Properties: { ...properties }, DeletionPolicy });
  const closed = { BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true };

  test('hold of every resource that they are about, or are not said', () => {
    expect(securityFacts([bucket({ PublicAccessBlockConfiguration: closed })])).toEqual(['no public access']);
    expect(securityFacts([bucket({ PublicAccessBlockConfiguration: closed }), bucket({})])).toEqual([]);
    expect(securityFacts([bucket({}, 'Retain')])).toEqual(['state retained']);
    expect(securityFacts([bucket({}, 'Retain'), bucket({}, 'Delete')])).toEqual([]);
  });

  test('name what it is made of, what it watches and what it comes back from', () => {
    const resources = [
      { Type: 'AWS::RDS::DBCluster', Properties: { BackupRetentionPeriod: 35 } },
      { Type: 'AWS::RDS::DBInstance', Properties: { DBClusterIdentifier: 'x' } }, { Type: 'AWS::RDS::DBInstance', Properties: { DBClusterIdentifier: 'x' } },
      { Type: 'AWS::CloudWatch::Alarm', Properties: { MetricName: 'CPUUtilization' } }, { Type: 'AWS::IAM::Role' },
    ];
    expect(composed(resources)).toEqual(['RDS: DBCluster, 2 DBInstance']);
    expect(watched(resources)).toEqual({ alarms: 1, metrics: ['CPUUtilization'] });
    expect(recovery(resources)).toEqual(['writer and reader', 'backups for 35 days']);
  });
});
