/** Plots as SVG text. All that is drawn are numbers; what is written passes through `escape`. */

export interface Point {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly value: number;
}

const WIDTH = 1_000;
const LEFT = 76;
const RIGHT = 12;
/** More points than the plot has places for are thinned to the extremes of each place. */
const PLACES = 700;

export function escape(text: string): string {
  return text.replace(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`);
}

export interface LineOptions {
  readonly height: number;
  readonly label: string;
  readonly format: (value: number) => string;
  /** Filled from this value to the line. */
  readonly baseline?: number;
  /** A line across. */
  readonly rule?: number;
  readonly className: string;
}

/** A line over time with its scales. */
export function lineChart(points: readonly Point[], { height, label, format, baseline, rule, className }: LineOptions): string {
  if (points.length < 2) return `<p class="muted">${escape(label)}: too few days for a plot.</p>`;
  const [top, bottom] = [12, 26];
  const values = points.map(({ value }) => value);
  const bounds = [...values, ...(baseline === undefined ? [] : [baseline]), ...(rule === undefined ? [] : [rule])];
  const ticks = niceTicks(Math.min(...bounds), Math.max(...bounds), height > 180 ? 5 : 3);
  const [low, high] = [Math.min(ticks[0], ...bounds), Math.max(ticks.at(-1)!, ...bounds)];
  const [start, end] = [points[0].time, points.at(-1)!.time];
  const x = (time: number): number => LEFT + (WIDTH - LEFT - RIGHT) * (time - start) / (end - start || 1);
  const y = (value: number): number => top + (height - top - bottom) * (1 - (value - low) / (high - low || 1));
  const path = thinned(points).map(({ time, value }, i) => `${i === 0 ? 'M' : 'L'}${x(time).toFixed(1)} ${y(value).toFixed(1)}`).join('');
  const area = baseline === undefined ? '' : `<path class="area ${className}" d="${path}L${x(end).toFixed(1)} ${y(baseline).toFixed(1)}L${x(start).toFixed(1)} ${y(baseline).toFixed(1)}Z"/>`;
  return [
    `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escape(label)}">`,
    ...ticks.map((tick) => `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(tick).toFixed(1)}" y2="${y(tick).toFixed(1)}"/>`
      + `<text x="${LEFT - 8}" y="${(y(tick) + 4).toFixed(1)}" text-anchor="end">${escape(format(tick))}</text>`),
    ...timeTicks(start, end).map(({ time, text }) => `<line class="tick" x1="${x(time).toFixed(1)}" x2="${x(time).toFixed(1)}" y1="${height - bottom}" y2="${height - bottom + 4}"/>`
      + `<text x="${x(time).toFixed(1)}" y="${height - 6}" text-anchor="middle">${escape(text)}</text>`),
    area,
    rule === undefined ? '' : `<line class="rule" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(rule).toFixed(1)}" y2="${y(rule).toFixed(1)}"/>`,
    `<path class="line ${className}" d="${path}"/></svg>`,
  ].join('');
}

export interface BarsOptions {
  readonly height: number;
  readonly label: string;
  readonly format: (value: number) => string;
}

/** How often values fall into each of some classes; those below zero in another colour. */
export function histogram(values: readonly number[], { height, label, format }: BarsOptions): string {
  if (values.length === 0) return '';
  const largest = Math.max(...values.map(Math.abs)) || 1;
  // The same classes on both sides, so that zero is a border.
  const classes = 12;
  const counts = Array.from({ length: 2 * classes }, () => 0);
  for (const value of values) counts[Math.min(2 * classes - 1, Math.max(0, Math.floor((value / largest + 1) * classes)))]++;
  const most = Math.max(...counts);
  const width = (WIDTH - LEFT - RIGHT) / counts.length;
  const y = (count: number): number => 8 + (height - 34) * (1 - count / most);
  const bars = counts.map((count, i) => (count === 0 ? '' : `<rect class="${i < classes ? 'loss' : 'win'}" x="${(LEFT + i * width + 1).toFixed(1)}" y="${y(count).toFixed(1)}" width="${(width - 2).toFixed(1)}" height="${(height - 26 - y(count)).toFixed(1)}"><title>${count}</title></rect>`));
  const marks = [-1, -0.5, 0, 0.5, 1].map((part) => {
    const anchor = part === -1 ? 'start' : part === 1 ? 'end' : 'middle';
    return `<text x="${(LEFT + (part + 1) / 2 * (WIDTH - LEFT - RIGHT)).toFixed(1)}" y="${height - 8}" text-anchor="${anchor}">${escape(format(part * largest))}</text>`;
  });
  return `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escape(label)}"><text x="${LEFT - 8}" y="16" text-anchor="end">${most}</text>${bars.join('')}${marks.join('')}</svg>`;
}

/** Returns over two settings: green above zero, red below, the deeper the more. */
export function heatMap(x: { readonly name: string; readonly values: readonly number[] }, y: typeof x,
  cells: readonly (readonly (number | null)[])[], format: (value: number) => string): string {
  const cell = Math.min(90, (WIDTH - LEFT - RIGHT) / x.values.length);
  const rowHeight = Math.max(14, Math.min(28, cell));
  const height = rowHeight * y.values.length + 40;
  const largest = Math.max(1e-9, ...cells.flat().map((value) => Math.abs(value ?? 0)));
  const every = (count: number, room: number): number => Math.max(1, Math.ceil(count * 34 / room));
  const stepX = every(x.values.length, cell * x.values.length);
  const rows = cells.flatMap((row, j) => row.map((value, i) => {
    if (value === null) return '';
    const strength = (0.12 + 0.88 * Math.abs(value) / largest).toFixed(2);
    const figure = cell < 64 ? '' : `<text class="cell" x="${(LEFT + (i + 0.5) * cell).toFixed(1)}" y="${4 + (j + 0.65) * rowHeight}" text-anchor="middle">${escape(format(value))}</text>`;
    return `<rect class="${value < 0 ? 'loss' : 'win'}" opacity="${strength}" x="${(LEFT + i * cell).toFixed(1)}" y="${4 + j * rowHeight}" width="${(cell - 1).toFixed(1)}" height="${rowHeight - 1}">`
      + `<title>${escape(`${x.name} ${x.values[i]}, ${y.name} ${y.values[j]}: ${format(value)}`)}</title></rect>${figure}`;
  }));
  const labels = [
    ...x.values.map((value, i) => (i % stepX === 0 ? `<text x="${(LEFT + (i + 0.5) * cell).toFixed(1)}" y="${height - 22}" text-anchor="middle">${value}</text>` : '')),
    ...y.values.map((value, j) => (j % Math.max(1, Math.ceil(16 / rowHeight)) === 0 ? `<text x="${LEFT - 8}" y="${4 + (j + 0.7) * rowHeight}" text-anchor="end">${value}</text>` : '')),
    `<text x="${LEFT}" y="${height - 5}" class="axis">→ ${escape(x.name)}, ↓ ${escape(y.name)}</text>`,
  ];
  return `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="return over ${escape(x.name)} and ${escape(y.name)}">${rows.join('')}${labels.join('')}</svg>`;
}

function niceTicks(low: number, high: number, count: number): number[] {
  const span = high - low || Math.abs(high) || 1;
  const raw = span / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((one) => one * power).find((one) => one >= raw) ?? raw;
  const first = Math.floor(low / step) * step;
  return Array.from({ length: Math.ceil((high - first) / step - 1e-9) + 1 }, (_, i) => Number((first + i * step).toPrecision(12)));
}

function timeTicks(start: number, end: number): { time: number; text: string }[] {
  const days = (end - start) / 86_400_000;
  const count = Math.max(1, Math.min(6, Math.floor(days)));
  return Array.from({ length: count }, (_, i) => {
    const time = start + (end - start) * (i + 0.5) / count;
    return { time, text: new Date(time).toISOString().slice(0, 10) };
  });
}

function thinned(points: readonly Point[]): readonly Point[] {
  if (points.length <= 2 * PLACES) return points;
  const per = points.length / PLACES;
  return Array.from({ length: PLACES }, (_, i) => {
    const part = points.slice(Math.floor(i * per), Math.floor((i + 1) * per));
    const lowest = part.reduce((a, b) => (b.value < a.value ? b : a));
    const highest = part.reduce((a, b) => (b.value > a.value ? b : a));
    return lowest.time <= highest.time ? [lowest, highest] : [highest, lowest];
  }).flat();
}
