/** CHANGELOG.md: sections of releases, each a table of changes with what is replaced and who is affected. */

export interface Change {
  readonly change: string;
  /** What CloudFormation replaces in a stack that exists; `nothing` where it replaces nothing. */
  readonly replaced: string;
  readonly affected: string;
}

export interface Section {
  readonly version: string;
  readonly unreleased: boolean;
  readonly changes: readonly Change[];
}

/** The sections, newest first. */
export function sectionsOf(changelog: string): Section[] {
  return changelog.split(/^## /m).slice(1).map((text) => {
    const [heading, ...lines] = text.split('\n');
    const [version, state = ''] = heading.trim().split(/ (.*)/);
    const rows = lines.filter((line) => line.startsWith('|') && !/^\|[\s:|-]+\|$/.test(line)).slice(1);
    const changes = rows.map((row) => row.replace(/^\||\|\s*$/g, '').split(/(?<!\\)\|/).map((cell) => cell.trim()))
      .map(([change = '', replaced = '', affected = '']) => ({ change, replaced, affected }));
    return { version, unreleased: state === '(unreleased)', changes };
  });
}

const isNewer = (a: string, b: string): boolean => {
  const [x, y] = [a, b].map((version) => version.split('.').map(Number));
  const i = x.findIndex((part, index) => part !== y[index]);
  return i >= 0 && x[i] > y[i];
};

/** What is wrong with the changelog itself. */
export function faultsOf(sections: readonly Section[]): string[] {
  const [first, ...rest] = sections;
  if (first === undefined || !first.unreleased) return ['the topmost section must be "## x.y.z (unreleased)"'];
  return [
    ...rest.filter(({ unreleased }) => unreleased).map(({ version }) => `${version} is unreleased, but not the topmost section`),
    ...sections.filter(({ version }) => !/^0\.\d+\.\d+$/.test(version)).map(({ version }) => `"${version}" is no version 0.x.y`),
    ...rest.filter(({ version }, i) => !isNewer(sections[i].version, version)).map(({ version }) => `${version} must be older than the section above it`),
    ...sections.flatMap(({ version, changes }) => (changes.length === 0 ? [`${version} has no changes`] : changes.flatMap((row) =>
      (['change', 'replaced', 'affected'] as const).filter((cell) => row[cell] === '').map((cell) => `${version}: "${row.change}" does not say ${cell}`)))),
  ];
}
