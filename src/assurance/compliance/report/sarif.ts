import { compare, ComplianceReport, ReportRow, ReportRule } from './rows';

/** Where the schema of this version lives. */
const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';

/** The report as SARIF 2.1.0: a run per rule set, each result at the line of TypeScript that defined its resource. */
export function sarif({ sums, rules, findings, passed }: ComplianceReport): string {
  const runs = sums.map(({ ruleSet, version }) => {
    const own = rules.filter((each) => each.ruleSet === ruleSet);
    const index = new Map(own.map(({ rule }, position) => [rule, position]));
    return {
      tool: { driver: { name: ruleSet, ...(version === '' ? {} : { version }), rules: own.map(descriptor) } },
      columnKind: 'utf16CodeUnits',
      originalUriBaseIds: { SRCROOT: { description: { text: 'The folder of the repository.' } } },
      results: [
        ...findings.filter((row) => row.ruleSet === ruleSet).map((row) => result(row, index)),
        ...passed.filter((each) => each.ruleSet === ruleSet).map(({ rule, paths }) => allPassed(rule.replace(`${ruleSet}-`, ''), paths, index)),
      ],
    };
  });
  return `${JSON.stringify({ $schema: SCHEMA, version: '2.1.0', runs }, undefined, 1)}\n`;
}

function descriptor({ rule, description, controls }: ReportRule): object {
  return {
    id: rule,
    ...(description === '' ? {} : { shortDescription: { text: description } }),
    // A control may be met by several parts of a rule; tags are a set.
    ...(controls.length === 0 ? {} : { properties: { tags: [...new Set(controls)].sort(compare) } }),
  };
}

const KINDS = { FAIL: 'fail', ACKNOWLEDGED: 'fail', UNEVALUATED: 'open', PASS: 'pass' } as const;

function result(row: ReportRow, rules: ReadonlyMap<string, number>): object {
  const { rule, outcome, path, description, source, property, value, reason, owner, control, reviewBy, crash, forms } = row;
  const bare = rule.replace(/\[.*/s, '');
  const ruleIndex = rules.get(bare);
  const text = [description, property === undefined ? '' : `${property}: ${value ?? ''}`, crash === undefined ? '' : `Not evaluated: ${crash}`].filter((part) => part !== '');
  return {
    ruleId: bare,
    ...(ruleIndex === undefined ? {} : { ruleIndex }),
    kind: KINDS[outcome],
    level: outcome === 'FAIL' || outcome === 'ACKNOWLEDGED' ? 'error' : 'none',
    message: { text: text.join(' ') || rule },
    locations: [{
      ...(source === undefined ? {} : { physicalLocation: { artifactLocation: { uri: encodeURI(source.file), uriBaseId: 'SRCROOT' }, region: { startLine: source.line } } }),
      logicalLocations: [{ fullyQualifiedName: path, kind: 'resource' }],
    }],
    partialFingerprints: { 'constructPathAndRule/v1': `${path} ${rule}` },
    ...(outcome === 'ACKNOWLEDGED' ? {
      suppressions: [{ kind: 'inSource', status: 'accepted', justification: `${reason ?? ''} Owner: ${owner ?? ''}. Control: ${control ?? ''}. Review by ${reviewBy ?? ''}.` }],
    } : {}),
    properties: { forms, ...(rule === bare ? {} : { finding: rule.slice(bare.length + 1, -1) }) },
  };
}

/** What passed is one result per rule, with its resources: a line for each would hide everything else. */
function allPassed(rule: string, paths: readonly string[], rules: ReadonlyMap<string, number>): object {
  const ruleIndex = rules.get(rule);
  return {
    ruleId: rule,
    ...(ruleIndex === undefined ? {} : { ruleIndex }),
    kind: 'pass',
    level: 'none',
    message: { text: `${paths.length} ${paths.length === 1 ? 'resource is' : 'resources are'} in order.` },
    locations: [{ logicalLocations: paths.map((fullyQualifiedName) => ({ fullyQualifiedName, kind: 'resource' })) }],
  };
}
