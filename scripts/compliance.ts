/**
 * Holds every system in every form against nine rule sets: `npm run compliance` writes `reports/<system>/`, `-- --json` prints the figures
 * as one last line, `-- --system <Class>` looks at one system only.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { checkForm } from './compliance/check-form';
import { writeTable } from './compliance/counts';
import { writeDigests } from './compliance/digests';
import { FORMS } from './compliance/forms';
import { JudgedApp } from '../src/assurance/compliance/compliance-verdict';
import { ComplianceReport, report } from '../src/assurance/compliance/report/rows';
import { writeReport } from '../src/assurance/compliance/report/write-report';

const REPORTS = join(__dirname, '..', 'reports');

interface Figures { evaluated: number; errors: number; acknowledged: number; unevaluated: number }

/** Figures of a report by rule set. */
function figures({ sums }: ComplianceReport): Record<string, Figures> {
  return Object.fromEntries(sums.map(({ ruleSet, evaluated, errors, acknowledged, unevaluated }) => (
    [ruleSet, { evaluated, errors, acknowledged, unevaluated }])));
}

/** Checks one system; says what is wrong with it. */
function check(system: string, quiet: boolean): { readonly report: ComplianceReport; readonly faults: string[] } {
  const forms = new Map<string, JudgedApp>();
  const faults: string[] = [];
  const digests: Record<string, string> = {};
  for (const [name, form] of Object.entries(FORMS[system])) {
    const started = performance.now();
    const { app, digest, error } = checkForm(form);
    forms.set(name, app);
    digests[name] = digest;
    const open = app.findings.filter(({ outcome }) => outcome === 'FAIL' || outcome === 'UNEVALUATED');
    faults.push(...open.map(({ ruleSet, rule, path, crash }) => `${system}, ${name}: ${ruleSet} ${rule} at ${path}${crash === undefined ? '' : ` crashed: ${crash}`}`));
    faults.push(...app.faults.map(({ message }) => `${system}, ${name}: ${message}`));
    // Something else stopped the synthesis, such as a recovery objective that the templates cannot keep.
    if (error !== '' && open.length === 0 && app.faults.length === 0) faults.push(`${system}, ${name}: ${error}`);
    if (!quiet) console.log(`${system}, ${name}: ${app.resources.size} resources, ${Math.round((performance.now() - started) / 1000)} s`);
  }
  writeDigests(join(REPORTS, system), digests);
  return { report: report(system, forms), faults };
}

function main(): number {
  const { values: { json = false, system } } = parseArgs({ options: { json: { type: 'boolean' }, system: { type: 'string' } } });
  if (system !== undefined && FORMS[system] === undefined) {
    console.error(`compliance: there is no system '${system}'; known are ${Object.keys(FORMS).join(', ')}`);
    return 2;
  }
  const systems: Record<string, { packs: Record<string, Figures> }> = {};
  const faults: string[] = [];
  for (const name of system === undefined ? Object.keys(FORMS) : [system]) {
    try {
      const checked = check(name, json);
      faults.push(...checked.faults);
      systems[name] = { packs: figures(checked.report) };
      writeReport(join(REPORTS, name), checked.report);
      if (!json) console.table(systems[name].packs);
    } catch (error) {
      // A form that cannot be synthesised has no report; an old one must not stand for it.
      faults.push(`${name}: no report, because it was not synthesised: ${(error as Error).message}`);
    }
  }
  writeTable(join(__dirname, '..'), Object.keys(FORMS));
  for (const fault of faults) console.error(fault);
  if (json) console.log(JSON.stringify({ systems }));
  return faults.length === 0 ? 0 : 1;
}

process.exitCode = main();
