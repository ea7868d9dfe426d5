import type { ComplianceReport } from './rows';

const COLUMNS = ['Rule set', 'Rule', 'Controls', 'Outcome', 'Resource', 'Type', 'Property', 'Value', 'Reason', 'Control in place', 'Owner', 'Review by', 'Source', 'Forms'];

/** The report as RFC 4180 has it: every judgement one line, what passed included. */
export function csv({ findings, passed, rules }: ComplianceReport): string {
  const controls = new Map(rules.map((each) => [`${each.ruleSet}\n${each.rule}`, each.controls.join(' ')]));
  const controlsFor = (ruleSet: string, rule: string) => controls.get(`${ruleSet}\n${rule.replace(/\[.*/s, '')}`) ?? '';
  const found = findings.map(({ ruleSet, rule, outcome, path, type, property, value, reason, control, owner, reviewBy, source, forms, crash }) => [
    ruleSet, rule, controlsFor(ruleSet, rule), outcome, path, type, property, value, reason ?? crash, control, owner, reviewBy,
    source === undefined ? undefined : `${source.file}:${source.line}`, forms.join('; '),
  ]);
  const good = passed.flatMap(({ ruleSet, rule, paths }) => {
    const short = rule.startsWith(`${ruleSet}-`) ? rule.slice(ruleSet.length + 1) : rule;
    return paths.map((path) => [ruleSet, short, controlsFor(ruleSet, short), 'PASS', path]);
  });
  return [COLUMNS, ...found, ...good].map((cells) => COLUMNS.map((_, index) => cell(cells[index] ?? '')).join(',')).join('\r\n') + '\r\n';
}

/** A cell that begins like a formula is text, whatever a spreadsheet thinks of it. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
