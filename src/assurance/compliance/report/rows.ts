import type { CfnResource } from 'aws-cdk-lib';
import { CDK } from '../acknowledgement-entry';
import type { JudgedApp } from '../compliance-verdict';
import { bareRule, Outcome } from '../evaluation';
import { propertyValue } from '../property-value';
import { controlsOf, shortRule } from '../recorded-pack';
import { sourceLine, SourceLine } from '../source-line';

/** One judgement of a resource, in every form of the system that has it. */
export interface ReportRow {
  readonly ruleSet: string;
  /** The rule, with `[finding]` where it has several. */
  readonly rule: string;
  readonly outcome: Outcome;
  readonly path: string;
  readonly type: string;
  readonly description: string;
  readonly property?: string;
  readonly value?: string;
  readonly reason?: string;
  readonly owner?: string;
  readonly control?: string;
  readonly reviewBy?: string;
  /** Why the rule could not be evaluated. */
  readonly crash?: string;
  readonly source?: SourceLine;
  readonly forms: string[];
}

/** A rule of the report. */
export interface ReportRule {
  readonly ruleSet: string;
  readonly rule: string;
  readonly description: string;
  /** Ids of the controls that it is for. */
  readonly controls: string[];
}

/** What a rule set said, summed over the forms. */
export interface ReportSum {
  readonly ruleSet: string;
  readonly version: string;
  readonly rules: number;
  /** `calls` where each call of a rule was counted, `rules × resources` otherwise. */
  readonly counted: string;
  readonly evaluated: number;
  readonly passed: number;
  readonly errors: number;
  readonly acknowledged: number;
  readonly unevaluated: number;
}

/** Everything that a report shows. */
export interface ComplianceReport {
  readonly system: string;
  readonly forms: Array<{ readonly name: string; readonly resources: number }>;
  readonly sums: ReportSum[];
  readonly rules: ReportRule[];
  /** What failed, was acknowledged or could not be evaluated. */
  readonly findings: ReportRow[];
  /** What passed: per rule the resources, by their paths. */
  readonly passed: Array<{ readonly ruleSet: string; readonly rule: string; readonly paths: string[] }>;
  readonly faults: Array<{ readonly kind: string; readonly message: string }>;
}

/**
 * Puts what was found in the forms of a system into one report.
 *
 * @param system name of the system
 * @param forms what was found, by the name of the form
 */
export function report(system: string, forms: ReadonlyMap<string, JudgedApp>): ComplianceReport {
  const rows = new Map<string, ReportRow>();
  const sums = new Map<string, ReportSum>();
  const rules = new Map<string, ReportRule>();
  const passed = new Map<string, Set<string>>();
  for (const [form, app] of forms) {
    for (const record of app.records) {
      for (const [rule, text] of record.rules) rules.set(`${record.name}\n${rule}`, ruleOf(record.name, rule, text));
      for (const { rule, path } of record.passed) {
        const key = `${record.name}\n${rule}`;
        passed.set(key, (passed.get(key) ?? new Set()).add(path));
      }
      sums.set(record.name, sum(sums.get(record.name), app, record.name));
    }
    for (const row of rowsOf(app)) {
      const key = [row.ruleSet, row.rule, row.outcome, row.path, row.reason].join('\n');
      const known = rows.get(key);
      if (known === undefined) rows.set(key, { ...row, forms: [form] });
      else known.forms.push(form);
    }
  }
  return {
    system,
    forms: [...forms].map(([name, { resources }]) => ({ name, resources: resources.size })),
    sums: [...sums.values()].map((each) => ({ ...each, rules: [...rules.values()].filter(({ ruleSet }) => ruleSet === each.ruleSet).length })),
    rules: [...rules.values()].sort((a, b) => compare(a.ruleSet, b.ruleSet) || compare(a.rule, b.rule)),
    findings: [...rows.values()].sort((a, b) => compare(a.ruleSet, b.ruleSet) || compare(a.rule, b.rule) || compare(a.path, b.path)),
    passed: [...passed].map(([key, paths]) => ({ ruleSet: key.split('\n')[0], rule: key.split('\n')[1], paths: [...paths].sort(compare) }))
      .sort((a, b) => compare(a.ruleSet, b.ruleSet) || compare(a.rule, b.rule)),
    faults: [...new Map([...forms.values()].flatMap(({ faults }) => faults).map(({ kind, message }) => [message, { kind, message }])).values()],
  };
}

/** Order that is the same in every locale. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function ruleOf(ruleSet: string, rule: string, text: string): ReportRule {
  const description = text.replace(/\s*-?\s*\(Control IDs?:.*\)\.?$/, '').trim();
  return { ruleSet, rule: shortRule(ruleSet, rule), description, controls: controlsOf(text) };
}

function sum(before: ReportSum | undefined, { records, findings }: JudgedApp, ruleSet: string): ReportSum {
  const { version, evaluated, passed, isCounted } = records.find(({ name }) => name === ruleSet)!;
  const count = (outcome: Outcome) => findings.filter((each) => each.ruleSet === ruleSet && each.outcome === outcome).length;
  return {
    ruleSet,
    version,
    rules: 0,
    counted: isCounted ? 'calls' : 'rules × resources',
    evaluated: (before?.evaluated ?? 0) + evaluated,
    passed: (before?.passed ?? 0) + passed.length,
    errors: (before?.errors ?? 0) + count('FAIL'),
    acknowledged: (before?.acknowledged ?? 0) + count('ACKNOWLEDGED'),
    unevaluated: (before?.unevaluated ?? 0) + count('UNEVALUATED'),
  };
}

function rowsOf({ findings, resources }: JudgedApp): Array<Omit<ReportRow, 'forms'>> {
  return findings.map(({ ruleSet, rule, outcome, path, description, properties, crash, acknowledgement }) => {
    const resource = resources.at(path);
    const property = properties?.[0];
    return {
      ruleSet,
      rule: rule.startsWith(`${ruleSet}-`) ? rule.slice(ruleSet.length + 1) : rule,
      outcome,
      path,
      type: resource?.type ?? '',
      description,
      property: properties === undefined || properties.length === 0 ? undefined : properties.join(', '),
      value: resource === undefined || property === undefined ? undefined : propertyValue(resource.construct as CfnResource, property),
      reason: acknowledgement?.reason,
      owner: acknowledgement?.owner,
      control: acknowledgement?.control,
      reviewBy: acknowledgement?.owner === CDK ? undefined : acknowledgement?.reviewBy,
      crash,
      source: resource === undefined ? undefined : sourceLine(resource.construct),
    };
  });
}

/** The rule of a row as the list of rules has it. */
export function ruleKey({ rule }: { readonly rule: string }): string {
  return bareRule(rule);
}
