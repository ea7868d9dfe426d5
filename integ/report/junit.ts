import type { DrillVerdict } from '../judge/verdict';

/** A JUnit report: one case for each fault, and one for what belongs to none. */
export function junitOf(suite: string, { faults, problems }: DrillVerdict, brokenVariantCaught?: boolean): string {
  const stray = problems.filter((problem) => !faults.some((fault) => fault.problems.includes(problem)));
  const cases = [
    ...faults.map(({ name, rounds, problems: own, rtoSeconds, lost, acknowledged }) => ({
      name, problems: own, seconds: rounds.reduce((sum, round) => sum + (round.endedAt - round.faultAt) / 1_000, 0),
      note: `${acknowledged} acknowledged, ${lost} lost, served again after ${rtoSeconds.min} / ${rtoSeconds.median} / ${rtoSeconds.max} s (min, median, max)`,
    })),
    { name: 'books', problems: stray, seconds: 0, note: 'what belongs to no fault' },
    ...(brokenVariantCaught === undefined ? [] : [{
      name: 'broken-variant', problems: brokenVariantCaught ? [] : ['an API that acknowledges too early was not found out'], seconds: 0, note: 'the drill finds lost orders',
    }]),
  ];
  const failures = cases.filter((one) => one.problems.length > 0).length;
  const lines = cases.map(({ name, problems: own, seconds, note }) => [
    `  <testcase classname="${escaped(suite)}" name="${escaped(name)}" time="${seconds.toFixed(3)}">`,
    ...(own.length > 0 ? [`    <failure message="${escaped(own[0])}">${escaped(own.join('\n'))}</failure>`] : []),
    `    <system-out>${escaped(note)}</system-out>`,
    '  </testcase>',
  ].join('\n'));
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuite name="${escaped(suite)}" tests="${cases.length}" failures="${failures}">\n${lines.join('\n')}\n</testsuite>\n`;
}

/** Text as XML holds it, without the control characters that it cannot. */
export function escaped(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  // eslint-disable-next-line no-control-regex
  return text.replace(/[&<>"]/g, (character) => entities[character]).replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, '');
}
