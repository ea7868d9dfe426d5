/**
 * The committed reports as SARIF 2.1.0. No package of the registry holds the schema of the standard, so the rules of it that concern what we write
 * are said here: required properties, values of enumerations, references by index, URIs; and nothing that the standard does not know.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { FORMS } from '../../scripts/compliance/forms';

const root = join(__dirname, '../..');
const message = z.strictObject({ text: z.string().min(1) });
const logicalLocation = z.strictObject({ fullyQualifiedName: z.string().min(1), kind: z.string().min(1) });
const location = z.strictObject({
  physicalLocation: z.strictObject({
    artifactLocation: z.strictObject({ uri: z.string().regex(/^(?!\/)[\w.~%!$&'()*+,;=:@/-]+$/), uriBaseId: z.string() }),
    region: z.strictObject({ startLine: z.int().min(1) }),
  }).optional(),
  logicalLocations: z.array(logicalLocation).min(1),
});
const result = z.strictObject({
  ruleId: z.string().min(1),
  ruleIndex: z.int().min(0).optional(),
  kind: z.enum(['notApplicable', 'pass', 'fail', 'review', 'open', 'informational']),
  level: z.enum(['none', 'note', 'warning', 'error']),
  message,
  locations: z.array(location).min(1),
  partialFingerprints: z.record(z.string(), z.string()).optional(),
  suppressions: z.array(z.strictObject({
    kind: z.enum(['inSource', 'external']), status: z.enum(['accepted', 'underReview', 'rejected']), justification: z.string().min(20),
  })).min(1).optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
});
const unique = z.array(z.string()).refine((items) => new Set(items).size === items.length, 'must not hold anything twice');
const rule = z.strictObject({
  id: z.string().min(1), shortDescription: message.optional(), properties: z.strictObject({ tags: unique }).optional(),
});
const log = z.strictObject({
  $schema: z.url(),
  version: z.literal('2.1.0'),
  runs: z.array(z.strictObject({
    tool: z.strictObject({ driver: z.strictObject({ name: z.string().min(1), version: z.string().min(1).optional(), rules: z.array(rule) }) }),
    columnKind: z.enum(['utf16CodeUnits', 'unicodeCodePoints']),
    originalUriBaseIds: z.record(z.string(), z.strictObject({ description: message })),
    results: z.array(result),
  })),
});

type Log = z.output<typeof log>;

/** What the structure alone does not say. */
function faultsOf({ runs }: Log): string[] {
  return runs.flatMap(({ tool: { driver: { name, rules } }, originalUriBaseIds, results }) => results.flatMap((each) => {
    const at = `${name} ${each.ruleId}`;
    const faults: string[] = [];
    if (each.ruleIndex !== undefined && rules[each.ruleIndex]?.id !== each.ruleId) faults.push(`${at}: ruleIndex names another rule`);
    // §3.27.10: a result of another kind than "fail" has no level.
    if (each.kind !== 'fail' && each.level !== 'none') faults.push(`${at}: has the level ${each.level} and is ${each.kind}`);
    for (const { physicalLocation } of each.locations) {
      if (physicalLocation !== undefined && !(physicalLocation.artifactLocation.uriBaseId in originalUriBaseIds)) faults.push(`${at}: its base is not defined`);
    }
    return faults;
  }));
}

describe.each(Object.keys(FORMS))('%s', (system) => {
  const text = readFileSync(join(root, 'reports', system, 'compliance.sarif'), 'utf8');

  test('is SARIF 2.1.0', () => {
    const read = log.safeParse(JSON.parse(text));
    expect(read.error?.issues ?? []).toEqual([]);
    expect(faultsOf(read.data!)).toEqual([]);
    for (const { tool } of read.data!.runs) {
      const ids = tool.driver.rules.map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
    }
  });

  test('points at lines of TypeScript that exist', () => {
    const { runs } = log.parse(JSON.parse(text));
    const places = runs.flatMap(({ results }) => results.flatMap(({ locations }) => locations))
      .flatMap(({ physicalLocation }) => (physicalLocation ? [physicalLocation] : []));
    expect(places.length).toBeGreaterThan(0);
    const missing = places.filter(({ artifactLocation: { uri } }) => uri.startsWith('src/') && !existsSync(join(root, decodeURI(uri))));
    expect(missing).toEqual([]);
    for (const { artifactLocation: { uri }, region: { startLine } } of places.filter(({ artifactLocation }) => artifactLocation.uri.startsWith('src/'))) {
      expect(readFileSync(join(root, decodeURI(uri)), 'utf8').split('\n').length).toBeGreaterThanOrEqual(startLine);
    }
  });

  test('what was accepted says by whom and until when', () => {
    const accepted = log.parse(JSON.parse(text)).runs.flatMap(({ results }) => results).flatMap(({ suppressions = [] }) => suppressions);
    expect(accepted.length).toBeGreaterThan(0);
    for (const { justification } of accepted) expect(justification).toMatch(/ Owner: \S+\. Control: .{10,}\. Review by \d{4}-\d{2}-\d{2}\.$/s);
  });
});

test('what is no SARIF is found', () => {
  const good: Log = log.parse({
    $schema: 'https://example.com/schema.json',
    version: '2.1.0',
    runs: [{
      tool: { driver: { name: 'x', rules: [{ id: 'a' }, { id: 'b' }] } },
      columnKind: 'utf16CodeUnits',
      originalUriBaseIds: {},
      results: [{
        ruleId: 'a', ruleIndex: 0, kind: 'pass', level: 'none', message: { text: 'x' }, locations: [{ logicalLocations: [{ fullyQualifiedName: 'x', kind: 'resource' }] }],
      }],
    }],
  });
  const changed = (change: object) => ({ ...good, runs: [{ ...good.runs[0], results: [{ ...good.runs[0].results[0], ...change }] }] });
  expect(faultsOf(good)).toEqual([]);
  for (const wrong of [{ kind: 'passed' }, { level: 'fatal' }, { message: 'x' }, { locations: [] }, { location: 'x' }, { suppressions: [{ kind: 'inSource' }] }]) {
    expect(log.safeParse(changed(wrong)).success).toBe(false);
  }
  const [run] = good.runs;
  const tagged = { ...run, tool: { driver: { ...run.tool.driver, rules: [{ id: 'a', properties: { tags: ['AC-2', 'AC-2'] } }] } } };
  expect(log.safeParse({ ...good, runs: [tagged] }).error?.issues[0].message).toBe('must not hold anything twice');
  expect(faultsOf(changed({ ruleIndex: 1 }) as Log)).toEqual(['x a: ruleIndex names another rule']);
  expect(faultsOf(changed({ level: 'error' }) as Log)).toEqual(['x a: has the level error and is pass']);
});
