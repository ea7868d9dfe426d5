import { escaped } from './junit';
import type { DrillFacts } from './write';
import type { Operation } from '../judge/history';
import { isServed, type RecoveryCriteria } from '../judge/recovery';
import type { DrillVerdict, FaultResult, RoundResult } from '../judge/verdict';

/** What became of an order, from the bottom of a bar to its top. */
const KINDS = [
  { id: 'served', label: 'served: 202, and in the ledger in time', colour: '#3a9a6b' },
  { id: 'late', label: '202, but late in the ledger or never there', colour: '#e3b23c' },
  { id: 'fail', label: 'refused, without effect', colour: '#cf4a3f' },
  { id: 'unknown', label: 'no answer: nobody knows', colour: '#7d6bb0' },
] as const;
type Kind = (typeof KINDS)[number]['id'];

/** Most rounds of a fault that are drawn: those with the longest way back. */
const MOST_ROUNDS = 5;
const BIN_MS = 500;
const BEFORE_MS = 2_000;
const LEFT = 250;
const PANEL = { width: 168, gap: 14, height: 46 };
const ROW = 74;
const TOP = 96;

/** A picture of a drill: a row for each fault, a panel for each round, what became of the orders due in every half second. */
export function chartOf(operations: readonly Operation[], verdict: DrillVerdict, facts: DrillFacts): string {
  const columns = Math.max(1, ...verdict.faults.map(({ rounds }) => Math.min(MOST_ROUNDS, rounds.length)));
  const width = Math.max(LEFT + columns * (PANEL.width + PANEL.gap) + 10, 760);
  const height = TOP + verdict.faults.length * ROW + 14;
  // One scale for all panels: the eye compares them.
  const longest = Math.max(...verdict.faults.flatMap(({ rounds }) => rounds.map((round) => Math.max(round.rtoSeconds, round.heldSeconds) * 1_000)));
  const spanMs = BEFORE_MS + Math.ceil((longest + 3_000) / 1_000) * 1_000;
  const rows = verdict.faults.map((fault, i) => rowOf(fault, TOP + i * ROW, operations, spanMs, facts));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="Helvetica, Arial, sans-serif" font-size="11" fill="#22303a">`,
    `<title>${escaped(facts.title)}</title>`,
    '<rect width="100%" height="100%" fill="#ffffff"/>',
    `<text x="14" y="24" font-size="16" font-weight="bold">${escaped(facts.title)}: what became of orders while parts of it broke</text>`,
    `<text x="14" y="42" fill="#5b6a74">${escaped(subtitle(facts))}</text>`,
    legend(),
    ...rows,
    '</svg>\n',
  ].join('\n');
}

function subtitle({ startedAt, rate, criteria, objective }: DrillFacts): string {
  return `${startedAt.toISOString().slice(0, 16).replace('T', ' ')} UTC, ${rate} orders/s due on a fixed schedule; served = 202 and seen in the ledger within ${criteria.withinMs / 1_000} s; `
    + `objective: RTO ${objective.rtoSeconds} s, RPO ${objective.rpoSeconds} s`;
}

function legend(): string {
  const places = [[14, 56], [250, 56], [14, 73], [250, 73]];
  const entries = KINDS.map(({ label, colour }, i) => {
    const [x, y] = places[i];
    return `<rect x="${x}" y="${y}" width="10" height="10" fill="${colour}"/><text x="${x + 15}" y="${y + 9}">${escaped(label)}</text>`;
  });
  const marks = '<rect x="510" y="59" width="22" height="5" fill="#22303a" fill-opacity="0.55"/><text x="538" y="65">fault, until it was undone</text>'
    + '<line x1="521" x2="521" y1="72" y2="84" stroke="#1c5fa8" stroke-width="2"/><text x="538" y="82">served again, for good; axis: seconds</text>';
  return [...entries, marks].join('');
}

function rowOf(fault: FaultResult, y: number, operations: readonly Operation[], spanMs: number, facts: DrillFacts): string {
  const { name, rounds, rtoSeconds: { min, median, max }, lost, duplicated, acknowledged } = fault;
  const drawn = [...rounds].sort((a, b) => b.rtoSeconds - a.rtoSeconds).slice(0, MOST_ROUNDS);
  const verdict = (holds: boolean): string => (holds ? ' fill="#25734e"' : ' fill="#b3261e" font-weight="bold"');
  const text = (line: number, words: string, style = ''): string => `<text x="14" y="${y + 12 + line * 14}"${style}>${escaped(words)}</text>`;
  return [
    `<line x1="14" x2="${LEFT + drawn.length * (PANEL.width + PANEL.gap) - PANEL.gap}" y1="${y - 6}" y2="${y - 6}" stroke="#e4e9ec"/>`,
    text(0, name, ' font-weight="bold" font-size="12"'),
    text(1, `RTO ${min.toFixed(1)} / ${median.toFixed(1)} / ${max.toFixed(1)} s (min, median, max)`, verdict(max <= facts.objective.rtoSeconds)),
    text(2, `${lost} lost, ${duplicated} doubled`, verdict(lost + duplicated === 0)),
    text(3, `of ${acknowledged.toLocaleString('en-US')} acknowledged in ${rounds.length} rounds`, ' fill="#5b6a74"'),
    ...drawn.map((round, i) => panel(round, LEFT + i * (PANEL.width + PANEL.gap), y, operations, spanMs, facts)),
  ].join('\n');
}

function panel(round: RoundResult, x: number, y: number, operations: readonly Operation[], spanMs: number, { rate, criteria }: DrillFacts): string {
  const from = round.faultAt - BEFORE_MS;
  const toX = (ms: number): number => rounded(x + (Math.min(Math.max(ms, 0), spanMs) / spanMs) * PANEL.width);
  // With room above what is due: what waited can come all at once.
  const full = rate * (BIN_MS / 1_000) * 1.25;
  const toHeight = (orders: number): number => rounded((Math.min(orders, full) / full) * PANEL.height);
  const bars: string[] = [];
  const barWidth = rounded((BIN_MS / spanMs) * PANEL.width - 0.4);
  for (const [bin, counts] of bins(operations, from, Math.min(spanMs, round.endedAt - from), criteria)) {
    let top = y + PANEL.height;
    for (const { id, colour } of KINDS) {
      const tall = toHeight(counts[id]);
      if (tall <= 0) continue;
      top -= tall;
      bars.push(`<rect x="${toX(bin * BIN_MS)}" y="${rounded(top)}" width="${barWidth}" height="${tall}" fill="${colour}"/>`);
    }
  }
  const [fault, undone, again] = [toX(BEFORE_MS), toX(round.restoredAt - from), toX(BEFORE_MS + round.rtoSeconds * 1_000)];
  const base = y + PANEL.height;
  return [
    `<rect x="${x}" y="${y}" width="${PANEL.width}" height="${PANEL.height}" fill="#f6f8f9"/>`,
    ...bars,
    `<rect x="${fault}" y="${y - 3}" width="${Math.max(1, rounded(undone - fault))}" height="5" fill="#22303a" fill-opacity="0.55"/>`,
    `<line x1="${fault}" x2="${fault}" y1="${y - 3}" y2="${base}" stroke="#22303a" stroke-dasharray="2 1"/>`,
    `<line x1="${again}" x2="${again}" y1="${y - 3}" y2="${base}" stroke="#1c5fa8" stroke-width="1.5"/>`,
    `<line x1="${x}" x2="${x + PANEL.width}" y1="${base}" y2="${base}" stroke="#9aa7af"/>`,
    ...ticks(spanMs).map((second) => `<text x="${toX(BEFORE_MS + second * 1_000)}" y="${base + 10}" font-size="8" text-anchor="middle" fill="#5b6a74">${second}</text>`),
    `<text x="${x + PANEL.width}" y="${base + 10}" font-size="8" text-anchor="end" fill="#1c5fa8">${round.rtoSeconds.toFixed(2)} s</text>`,
  ].join('');
}

/** Seconds behind the fault that are written below a panel; the end of it belongs to the round's own figure. */
function ticks(spanMs: number): number[] {
  const seconds = (spanMs - BEFORE_MS) / 1_000;
  const step = [1, 2, 5, 10, 30, 60, 300].find((one) => seconds / one <= 6) ?? 600;
  return Array.from({ length: Math.floor((seconds * 0.8) / step) + 1 }, (_, i) => i * step);
}

function bins(operations: readonly Operation[], from: number, spanMs: number, criteria: RecoveryCriteria): Map<number, Record<Kind, number>> {
  const counts = new Map<number, Record<Kind, number>>();
  // A bin that is cut off at the end of the round would look like an outage.
  const whole = Math.floor(spanMs / BIN_MS);
  for (const operation of operations) {
    const bin = Math.floor((operation.dueAt - from) / BIN_MS);
    if (bin < 0 || bin >= whole) continue;
    const count = counts.get(bin) ?? { served: 0, late: 0, fail: 0, unknown: 0 };
    count[kindOf(operation, criteria)]++;
    counts.set(bin, count);
  }
  return counts;
}

function kindOf(operation: Operation, criteria: RecoveryCriteria): Kind {
  if (operation.outcome === 'ok') return isServed(operation, criteria) ? 'served' : 'late';
  return operation.outcome ?? 'unknown';
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
