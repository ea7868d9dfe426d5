import { SCRIPT } from './page-script';
import { STYLE } from './page-style';
import { ComplianceReport } from './rows';

/** The report as one page for reviewers: it needs no network, and filters and searches by itself. */
export function html(report: ComplianceReport): string {
  const { system, sums } = report;
  const total = (key: 'evaluated' | 'passed' | 'errors' | 'acknowledged' | 'unevaluated') => sums.reduce((all, each) => all + each[key], 0);
  const verdict = total('errors') + report.faults.length > 0 ? 'fail' : total('unevaluated') > 0 ? 'open' : 'pass';
  const words = { fail: 'There are findings that nobody has accepted.', open: 'Some rules could not be evaluated.', pass: 'Every finding is repaired or accepted with a reason.' };
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>Compliance of ${text(system)}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<p class="eyebrow">Compliance report</p>
<h1>${text(system)}</h1>
<p class="verdict ${verdict}">${words[verdict]}</p>
<dl class="totals">
${[['Calls of rules', 'evaluated', ''], ['Errors', 'errors', 'fail'], ['Acknowledged', 'acknowledged', 'ack'], ['Unevaluated', 'unevaluated', 'open'], ['Passed', 'passed', 'pass']]
  .map(([name, key, kind]) => `<div class="${total(key as 'evaluated') === 0 ? 'pass' : kind}"><dt>${name}</dt><dd>${number(total(key as 'evaluated'))}</dd></div>`).join('\n')}
</dl>
<p class="forms">${report.forms.length === 1 ? 'Form' : 'Forms'}: ${report.forms.map(({ name, resources }) => `<b>${text(name)}</b> (${number(resources)} resources)`).join(', ')}</p>
</header>
<main>
<section>
<h2>Rule sets</h2>
<div class="scroll"><table class="sums"><thead><tr><th>Rule set<th class="n">Rules<th class="n">Evaluated<th class="n">Passed<th class="n">Acknowledged<th class="n">Unevaluated<th class="n">Errors</tr></thead><tbody>
${sums.map((each) => `<tr><th scope="row"><button type="button" data-set="${text(each.ruleSet)}">${text(NAMES[each.ruleSet] ?? each.ruleSet)}</button>${each.version === '' ? '' : ` <small>${text(each.version)}</small>`}`
    + `<td class="n">${number(each.rules)}<td class="n" title="${text(each.counted)}">${number(each.evaluated)}<td class="n">${number(each.passed)}<td class="n ack">${number(each.acknowledged)}`
    + `<td class="n${each.unevaluated > 0 ? ' open' : ''}">${number(each.unevaluated)}<td class="n ${each.errors > 0 ? 'fail' : 'pass'}">${number(each.errors)}</tr>`).join('\n')}
</tbody></table></div>
<p class="note">Evaluated counts every call of a rule with a resource, also where the rule does not apply. CloudFormation's own rules and Control Tower's do not say what they
called: for them it is rules × resources. A rule that crashed has said nothing; it counts as unevaluated, never as passed. Figures are sums over the forms.</p>
</section>
${report.faults.length === 0 ? '' : `<section class="faults"><h2>Acknowledgements to repair</h2><ul>${report.faults.map(({ kind, message }) => `<li><b>${text(kind)}</b> ${text(message)}`).join('')}</ul></section>`}
<section>
<h2>Judgements</h2>
<form id="filters" autocomplete="off">
<label class="search"><span>Search</span><input id="search" type="search" placeholder="rule, control id, resource, property, reason, owner"></label>
<label><span>Group by</span><select id="group"><option value="rule">Rule<option value="reason">Reason<option value="resource">Resource<option value="control">Control id</select></label>
<label><span>Rule set</span><select id="set"><option value="">All<option hidden></select></label>
<fieldset><legend>Outcome</legend>
${[['FAIL', 'Fail'], ['UNEVALUATED', 'Unevaluated'], ['ACKNOWLEDGED', 'Acknowledged'], ['PASS', 'Pass']]
  .map(([value, name]) => `<label class="chip ${value}"><input type="checkbox" value="${value}"${value === 'PASS' ? '' : ' checked'}>${name} <output data-count="${value}"></output></label>`).join('\n')}
</fieldset>
</form>
<p id="status" role="status"></p>
<div id="list"></div>
<p><button type="button" id="more" hidden>Show more</button></p>
</section>
</main>
<script type="application/json" id="data">${JSON.stringify(packed(report)).replaceAll('<', '\\u003c')}</script>
<script>${SCRIPT}</script>
</body>
</html>
`;
}

/** Names of the rule sets for people. */
const NAMES: Record<string, string> = {
  'AwsSolutions': 'AWS Solutions',
  'HIPAA.Security': 'HIPAA Security',
  'NIST.800.53.R4': 'NIST 800-53 rev 4',
  'NIST.800.53.R5': 'NIST 800-53 rev 5',
  'PCI.DSS.321': 'PCI DSS 3.2.1',
  'CloudFormation-Validate': 'CloudFormation validation',
  'cdk-validator-cfnguard': 'Control Tower',
  'TradingPlatform': 'Trading platform',
};

function text(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** The same in every locale. */
function number(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** Rows with every text once: paths and reasons come again and again. */
function packed({ findings, passed, rules, sums, forms }: ComplianceReport): object {
  const texts: string[] = [];
  const known = new Map<string, number>();
  const id = (value?: string): number => {
    if (value === undefined || value === '') return -1;
    const found = known.get(value) ?? texts.push(value) - 1;
    known.set(value, found);
    return found;
  };
  const short = (ruleSet: string, rule: string) => (rule.startsWith(`${ruleSet}-`) ? rule.slice(ruleSet.length + 1) : rule);
  return {
    names: Object.fromEntries(sums.map(({ ruleSet }) => [ruleSet, NAMES[ruleSet] ?? ruleSet])),
    forms: forms.map(({ name }) => name),
    rules: rules.map((each) => [id(each.ruleSet), id(each.rule), id(each.description), each.controls.map(id)]),
    rows: findings.map((row) => [
      id(row.ruleSet), id(row.rule), id(row.outcome), id(row.path), id(row.type), id(row.property), id(row.value),
      id(row.reason ?? row.crash), id(row.control), id(row.owner),
      id(row.reviewBy), id(row.source === undefined ? undefined : `${row.source.file}:${row.source.line}`), id(row.description),
      row.forms.length === forms.length ? [] : row.forms.map((name) => forms.findIndex((form) => form.name === name)),
    ]),
    passed: passed.map(({ ruleSet, rule, paths }) => [id(ruleSet), id(short(ruleSet, rule)), paths.map(id)]),
    texts,
  };
}
