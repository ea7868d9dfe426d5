import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { csv } from './csv';
import { html } from './html';
import { json } from './json';
import { ComplianceReport } from './rows';
import { sarif } from './sarif';

/** Files of a report by their names. */
export function reportFiles(report: ComplianceReport): Record<string, string> {
  return {
    'compliance.csv': csv(report), 'compliance.json': json(report), 'compliance.sarif': sarif(report), 'index.html': html(report),
  };
}

/** Writes a report into a folder. */
export function writeReport(folder: string, report: ComplianceReport): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(reportFiles(report))) writeFileSync(join(folder, name), text);
}
