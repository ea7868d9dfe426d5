import { type Group, LOG_BUCKETS, type SystemModel, type Use } from './model';
import { type Category, serviceOf, servicesOf } from './services';
import type { Stack } from '../../local/assembly/model';

/** Fill and border; dark text is readable on all of them. */
const COLORS: Readonly<Record<Category, readonly [string, string]>> = {
  compute: ['#fff0dd', '#c77700'],
  data: ['#e3edfb', '#2f5fb3'],
  messaging: ['#fbe4f0', '#b0307a'],
  network: ['#ece6fa', '#6a44b8'],
  edge: ['#e2f3e6', '#2b7a3d'],
  identity: ['#fbe6e4', '#b23a30'],
  operations: ['#eeeeee', '#5f6368'],
};
/** Graphviz knows how wide its letters are, and everybody has one that is as wide. */
export const FONT = 'Helvetica';
const HEAD = `
  graph [rankdir=LR, bgcolor="white", fontname="${FONT}", fontsize=16, labelloc=t, labeljust=l, nodesep=0.3, ranksep=0.9, pad=0.3, splines=true];
  node [shape=box, style="rounded,filled", fontname="${FONT}", fontsize=13, fontcolor="#1a1a1a", margin="0.14,0.06", penwidth=1.2];
  edge [fontname="${FONT}", fontsize=10, fontcolor="#444444", color="#6b6b6b", arrowsize=0.7];`;

/** Groups of one stack, and what they use of others: those are dashed. */
export function stackGraph(model: SystemModel, stack: Stack): string {
  const path = pathOf(model, stack);
  const own = model.groups.filter((group) => group.stack === stack);
  const uses = model.uses.filter(({ from }) => from.stack === stack);
  const others = [...new Set(uses.map(({ to }) => to).filter((to) => to.stack !== stack))];
  const byStack = new Map<Stack, Group[]>();
  for (const other of others) byStack.set(other.stack, [...(byStack.get(other.stack) ?? []), other]);
  const foreign = [...byStack].sort(([a], [b]) => a.id.localeCompare(b.id, 'en')).map(([other, groups], index) => `
  subgraph cluster_${index} {
    label=${quote(`stack ${localName(model, other)}`)}; fontsize=13; fontcolor="#555555"; style=dashed; color="#9a9a9a"; penwidth=1;
${groups.sort(byName).map((group) => `    ${box(group, true)}`).join('\n')}
  }`);
  return `digraph {${HEAD}
  label=<${title(path, `${stack.region}; an arrow leads to what is used, dashed boxes are in other stacks`)}>;
${[...own].sort(byName).map((group) => `  ${box(group, false)}`).join('\n')}
${isolated(own, uses)}
${foreign.join('\n')}
${uses.map(edge).join('\n')}
}`;
}

/** Stacks of a system, each with what it holds. */
export function overviewGraph(model: SystemModel, system: string): string {
  const regions = new Set(model.stacks.map(({ stack }) => stack.region));
  const edges = new Map<string, number>();
  for (const { from, to } of model.uses) {
    if (from.stack === to.stack) continue;
    const key = `  ${quote(from.stack.id)} -> ${quote(to.stack.id)}`;
    edges.set(key, (edges.get(key) ?? 0) + 1);
  }
  const nodes = model.stacks.map(({ stack }) => {
    const groups = model.groups.filter((group) => group.stack === stack && group.name !== LOG_BUCKETS)
      .filter(({ types }) => types.some((type) => serviceOf(type).helper !== true)).sort(byName);
    const rows = groups.map((group) => `<TR><TD ALIGN="LEFT">${escape(readable(group.name))}</TD><TD ALIGN="LEFT"><FONT COLOR="#555555">${
      escape(servicesOf(group.types).slice(0, 3).map(({ name }) => name).join(', '))}</FONT></TD></TR>`);
    const heading = `<TR><TD COLSPAN="2" ALIGN="LEFT"><FONT POINT-SIZE="16"><B>${escape(localName(model, stack))}</B></FONT>${
      regions.size > 1 ? `<FONT COLOR="#555555">&#160;&#160;${stack.region}</FONT>` : ''}</TD></TR>`;
    const [fill, border] = COLORS[categoryOf(groups.flatMap(({ types }) => types))];
    return `  ${quote(stack.id)} [label=<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="4">${heading}${rows.join('')}</TABLE>>, `
      + `fillcolor="${fill}", color="${border}"];`;
  });
  return `digraph {${HEAD}
  label=<${title(system, `${model.stacks.length} stacks in ${[...regions].sort().join(', ')}; an arrow leads to what is used; what needs a network is in that of its region`)}>;
${nodes.join('\n')}
${[...edges].sort(([a], [b]) => a.localeCompare(b, 'en')).map(([key, count]) => `${key} [penwidth=${Math.min(4, 1 + count / 6).toFixed(1)}];`).join('\n')}
}`;
}

/** What nothing is drawn to would be piled up in one column: it goes into rows of its own. */
function isolated(own: readonly Group[], uses: readonly Use[]): string {
  const alone = [...own].filter((group) => !uses.some(({ from, to }) => from === group || to === group)).sort(byName);
  const rows: string[] = [];
  const width = Math.max(2, Math.ceil(Math.sqrt(alone.length)));
  for (let start = 0; start < alone.length; start += width) {
    const row = alone.slice(start, start + width);
    if (row.length > 1) rows.push(`  ${row.map(({ id }) => quote(id)).join(' -> ')} [style=invis];`);
  }
  return rows.join('\n');
}

function box(group: Group, isForeign: boolean): string {
  const services = servicesOf(group.types);
  const lines = services.slice(0, 4).map(({ name }) => `<TR><TD><FONT POINT-SIZE="11" COLOR="#444444">${escape(name)}</FONT></TD></TR>`);
  const count = isForeign ? '' : `<TR><TD><FONT POINT-SIZE="9" COLOR="#6b6b6b">${group.types.length} resource${group.types.length === 1 ? '' : 's'}</FONT></TD></TR>`;
  const [fill, border] = COLORS[categoryOf(group.types)];
  return `${quote(group.id)} [label=<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="1"><TR><TD><B>${escape(readable(group.name))}</B></TD></TR>${
    lines.join('')}${count}</TABLE>>, fillcolor="${isForeign ? 'white' : fill}", color="${border}"${isForeign ? ', style="rounded,filled,dashed"' : ''}];`;
}

function edge({ from, to, ports }: Use): string {
  const label = ports.length === 0 ? '' : ` [label=${quote(` TCP ${ports.length > 3 ? `${ports[0]}–${ports.at(-1)}` : ports.join(', ')} `)}]`;
  return `  ${quote(from.id)} -> ${quote(to.id)}${label};`;
}

function categoryOf(types: readonly string[]): Category {
  return servicesOf(types)[0]?.category ?? 'operations';
}

const ABBREVIATIONS: Readonly<Record<string, string>> = { Api: 'API', Acl: 'ACL', Slo: 'SLO', Vpc: 'VPC', Dns: 'DNS', Sns: 'SNS', Sqs: 'SQS' };

/** `MarketData` as `Market data`: people read boxes, not identifiers. What is an abbreviation stays one. */
export function readable(name: string): string {
  const words = name.replace(/([a-z\d])([A-Z])/g, '$1 $2').replace(/^Api([a-z])/, 'Api $1').split(' ');
  return words.map((word, index) => ABBREVIATIONS[word] ?? (index === 0 || /^[A-Z]{2}/.test(word) ? word : word.toLowerCase())).join(' ');
}

function pathOf(model: SystemModel, stack: Stack): string {
  return model.stacks.find((each) => each.stack === stack)!.path;
}

/** Path of a stack without the system that all have in common. */
function localName(model: SystemModel, stack: Stack): string {
  const path = pathOf(model, stack).split('/');
  return path.length > 1 ? path.slice(1).join('/') : path[0];
}

function title(name: string, note: string): string {
  return `<TABLE BORDER="0" CELLSPACING="2" CELLPADDING="2"><TR><TD ALIGN="LEFT"><B>${escape(name)}</B></TD></TR><TR><TD ALIGN="LEFT"><FONT POINT-SIZE="12" COLOR="#555555">${escape(note)}</FONT></TD></TR></TABLE>`;
}

function byName(a: Group, b: Group): number {
  return a.name.localeCompare(b.name, 'en');
}

function escape(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}

function quote(text: string): string {
  return JSON.stringify(text);
}
