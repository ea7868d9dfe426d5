/** How much is accepted in each system, as the page on compliance shows it. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface Report {
  readonly packs: ReadonlyArray<{ readonly ruleSet: string; readonly acknowledged: number }>;
  readonly findings: ReadonlyArray<{ readonly outcome: string; readonly rule: string; readonly reason?: string }>;
}

const PAGE = join('docs', 'security', 'compliance.md');
const [BEGIN, END] = ['<!-- acknowledgements: written by npm run compliance -->', '<!-- end of acknowledgements -->'];
/** Rule sets by the heads of their columns. */
const HEADS: Record<string, string> = {
  'AwsSolutions': 'AWS', 'HIPAA.Security': 'HIPAA', 'NIST.800.53.R4': 'NIST r4', 'NIST.800.53.R5': 'NIST r5', 'PCI.DSS.321': 'PCI', 'Serverless': 'Serverless',
  'CloudFormation-Validate': 'CloudFormation', 'cdk-validator-cfnguard': 'Control Tower', 'TradingPlatform': 'ours',
};

/** The table of all systems that have a report. */
export function acknowledgementTable(root: string, systems: readonly string[]): string {
  const rows = systems.filter((system) => existsSync(join(root, 'reports', system, 'compliance.json'))).map((system) => {
    const { packs, findings } = JSON.parse(readFileSync(join(root, 'reports', system, 'compliance.json'), 'utf8')) as Report;
    const accepted = findings.filter(({ outcome }) => outcome === 'ACKNOWLEDGED');
    const counts = Object.keys(HEADS).map((ruleSet) => packs.find((pack) => pack.ruleSet === ruleSet)?.acknowledged ?? 0);
    const sum = counts.reduce((total, count) => total + count, 0);
    return [system, ...counts, `**${sum}**`, new Set(accepted.map(({ rule }) => rule.replace(/\[.*/s, ''))).size, new Set(accepted.map(({ reason }) => reason)).size];
  });
  const lines = [['system', ...Object.values(HEADS), 'all', 'rules', 'reasons'], ['---', ...Object.keys(HEADS).map(() => '---'), '---', '---', '---'], ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** The page with the table as it should be. @throws Error when the page has no place for it */
export function pageWithTable(root: string, systems: readonly string[]): string {
  const page = readFileSync(join(root, PAGE), 'utf8');
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`${PAGE} has no place for the table of acknowledgements`);
  return `${page.slice(0, begin + BEGIN.length)}\n\n${acknowledgementTable(root, systems)}\n\n${page.slice(end)}`;
}

export function writeTable(root: string, systems: readonly string[]): void {
  writeFileSync(join(root, PAGE), pageWithTable(root, systems));
}

/** The page as it is. */
export function currentPage(root: string): string {
  return readFileSync(join(root, PAGE), 'utf8');
}
