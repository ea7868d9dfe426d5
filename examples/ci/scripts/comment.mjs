// What a reviewer should know of a change: what the rule packs say, and what a deployment would do. Markdown on standard output.
// usage: node comment.mjs <assembly> <file with the output of cdk diff> [what the output is]
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const [assembly, diffFile, title = 'What <code>cdk deploy</code> would do'] = process.argv.slice(2);
/** GitHub takes 65,536 characters. */
const LONGEST_DIFF = 55_000;
const DESTRUCTIVE = /^\s*(\[-\]|\[~\]).*\b(destroy|orphan|replace)\b|requires replacement|may be replaced/;

const reports = readdirSync(assembly, { recursive: true }).map(String).filter((file) => file.endsWith('validation-report.json'))
  .flatMap((file) => JSON.parse(readFileSync(join(assembly, file), 'utf8')).pluginReports ?? []);
const diff = existsSync(diffFile) ? readFileSync(diffFile, 'utf8').trim() : '';
const destructive = diff.split('\n').filter((line) => DESTRUCTIVE.test(line));

const count = (list) => (list ?? []).reduce((sum, { violatingConstructs }) => sum + Math.max(1, violatingConstructs?.length ?? 0), 0);
const cell = (text) => String(text).replace(/[|\n`<>]/g, ' ');
const lines = ['<!-- cdk-trading-platform -->', '### Compliance', ''];
if (reports.length === 0) lines.push('No rule pack has looked at this change.');
else {
  lines.push('| rule pack | result | findings | accepted with a reason |', '| --- | --- | ---: | ---: |');
  for (const { pluginName, conclusion, violations, suppressedViolations } of reports) {
    lines.push(`| ${cell(pluginName)} | ${cell(conclusion)} | ${count(violations)} | ${count(suppressedViolations)} |`);
  }
  for (const { violations = [] } of reports) {
    for (const { ruleName, violatingConstructs = [] } of violations) {
      lines.push('', `- **${cell(ruleName)}** at ${violatingConstructs.map(({ constructPath }) => cell(constructPath)).join(', ')}`);
    }
  }
}
lines.push('', '### Deployment', '');
if (diff === '') lines.push('Nothing changes.');
else {
  if (destructive.length > 0) lines.push(`> [!CAUTION]\n> ${destructive.length} changes remove or replace something. Look at them before anything else.`, '');
  const shown = diff.length > LONGEST_DIFF ? `${diff.slice(0, LONGEST_DIFF)}\n… and ${diff.length - LONGEST_DIFF} more characters in the log of the job` : diff;
  lines.push(`<details><summary>${title}</summary>`, '', '`````', shown.replaceAll('`````', '` ` ` ` `'), '`````', '', '</details>');
}
console.log(lines.join('\n'));
