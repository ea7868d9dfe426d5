import { ComplianceReport } from './rows';

/** The report for programs; the list of what passed is in the CSV. */
export function json({ system, forms, sums, findings, faults }: ComplianceReport): string {
  return `${JSON.stringify({ version: 1, system, forms, packs: sums, faults, findings: grouped(findings) }, undefined, 1)}\n`;
}

/** Findings with the same judgement are one entry with many resources. */
function grouped(findings: ComplianceReport['findings']): object[] {
  const groups = new Map<string, { entry: object; resources: object[] }>();
  for (const { path, type, property, value, source, forms, ...entry } of findings) {
    const key = JSON.stringify(entry);
    const group = groups.get(key) ?? { entry, resources: [] };
    group.resources.push({ path, type, property, value, source: source === undefined ? undefined : `${source.file}:${source.line}`, forms });
    groups.set(key, group);
  }
  return [...groups.values()].map(({ entry, resources }) => ({ ...entry, resources }));
}
