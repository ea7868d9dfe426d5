/** What k6 hands to a script's `handleSummary`, as far as it is read. */
export interface Summary {
  readonly metrics: Readonly<Record<string, {
    readonly values: Readonly<Record<string, number>>;
    readonly thresholds?: Readonly<Record<string, { readonly ok: boolean }>>;
  }>>;
}

/** What a script measured. */
export interface Figures {
  readonly passed: boolean;
  /** Thresholds that did not hold. */
  readonly broken: readonly string[];
  readonly [name: string]: unknown;
}

function rounded(value: number | undefined, digits = 2): number | null {
  return value === undefined || !Number.isFinite(value) ? null : Number(value.toFixed(digits));
}

/** @param ranWell whether k6 came to its end */
export function figuresOf(script: string, { metrics }: Summary, ranWell: boolean): Figures {
  const broken = Object.entries(metrics).flatMap(([name, { thresholds = {} }]) => (
    Object.entries(thresholds).filter(([, { ok }]) => !ok).map(([threshold]) => `${name}: ${threshold}`)));
  const value = (metric: string, name: string): number | undefined => metrics[metric]?.values[name];
  const times = (metric: string) => ({ p50: rounded(value(metric, 'med')), p99: rounded(value(metric, 'p(99)')), max: rounded(value(metric, 'max')) });
  const passed = ranWell && broken.length === 0;
  if (script === 'stream') {
    return {
      passed, broken,
      sockets: rounded(value('ws_sessions', 'count')), messages: rounded(value('stream_messages', 'count')),
      answerMs: times('stream_answer'), connectMs: times('ws_connecting'), errorRate: rounded(value('failed', 'rate'), 6),
    };
  }
  const load = (name: string) => ({
    requests: rounded(value(`http_req_duration{load:${name}}`, 'count')), latencyMs: times(`http_req_duration{load:${name}}`),
    errorRate: rounded(value(`failed{load:${name}}`, 'rate'), 6),
  });
  return {
    passed, broken,
    base: load('base'), burst: load('burst'),
    dropped: rounded(value('dropped_iterations', 'count')) ?? 0, limited: rounded(value('limited', 'count')) ?? 0,
  };
}
