import { CfnResource } from 'aws-cdk-lib';
import { IApplyRule, NagPack, NagRuleCompliance, NagRuleResult } from 'cdk-nag';
import { bareRule, emptyRecord, RuleSetRecord } from './evaluation';
import { withReads } from './reads';

/** What a pack keeps to itself. */
interface Inner { applyRule(params: IApplyRule): void }

/**
 * Writes down every call of a rule. A pack reports only what is wrong, and reports a rule that crashed as if it had found something.
 *
 * @param pack pack that is about to validate an app
 * @param version version of what holds the pack
 */
export function recordPack(pack: NagPack, version: string): RuleSetRecord {
  const record = emptyRecord(pack.readPackName, version, true);
  const inner = pack as unknown as Inner;
  const apply = inner.applyRule.bind(pack);
  inner.applyRule = (params) => {
    const ruleSuffixOverride = params.ruleSuffixOverride ?? params.rule.name;
    const judged = judge(record, `${record.name}-${ruleSuffixOverride}`, params);
    apply({ ...params, ruleSuffixOverride, rule: judged });
  };
  return record;
}

/** Calls the rule once, and answers with what gives the pack the same. */
function judge(record: RuleSetRecord, rule: string, { node, info, rule: call }: IApplyRule): () => NagRuleResult {
  const description = withoutControls(info);
  const { path } = node.node;
  record.rules.set(rule, info);
  record.evaluated += 1;
  let result: NagRuleResult;
  try {
    result = call(node);
  } catch (error) {
    const crash = (error as Error).message;
    record.findings.push({ rule, description, path, crash });
    return () => { throw error; };
  }
  if (result === NagRuleCompliance.COMPLIANT) record.passed.push({ rule, path });
  const found = Array.isArray(result) ? result.map((finding) => `${rule}[${finding}]`) : result === NagRuleCompliance.NON_COMPLIANT ? [rule] : [];
  if (Array.isArray(result) && result.length === 0) record.passed.push({ rule, path });
  const properties = found.length > 0 ? readProperties(node, call) : [];
  for (const each of found) record.findings.push({ rule: each, description, path, properties });
  return () => result;
}

/** What the rule asks the resource for: no pack says which property it found wanting. */
function readProperties(node: CfnResource, call: (node: CfnResource) => NagRuleResult): string[] {
  const { reads, proxy } = withReads(node);
  try {
    call(proxy);
  } catch {
    // A rule that cannot take the proxy leaves the property open; its finding stands all the same.
  }
  return [...reads];
}

/** Controls stand in brackets at the end: "… (Control IDs: AC-2(12)(a), AU-12a)." */
function withoutControls(info: string): string {
  return info.replace(/\s*-?\s*\(Control IDs?:.*\)\.?$/, '').trim();
}

/** Ids of the controls that a rule is for. */
export function controlsOf(info: string): string[] {
  const list = /\(Control IDs?:\s*(.*)\)\.?$/.exec(info)?.[1];
  return list === undefined ? [] : list.split(/,\s*/).map((each) => each.trim()).filter((each) => each !== '');
}

/** The name of a rule in its set: `S3BucketVersioningEnabled` of `NIST.800.53.R5-S3BucketVersioningEnabled`. */
export function shortRule(ruleSet: string, rule: string): string {
  const bare = bareRule(rule);
  return bare.startsWith(`${ruleSet}-`) ? bare.slice(ruleSet.length + 1) : bare;
}
