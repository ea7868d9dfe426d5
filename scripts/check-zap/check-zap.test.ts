import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { documentFor } from './document';
import { assess, ignoredRules, type ZapReport } from './report';
import { findZap, runZap } from './run';

const root = join(__dirname, '../..');
const alert = (pluginid: string, riskcode: number, name = 'Something') => (
  { pluginid, name, riskcode: String(riskcode), count: '3', instances: [{ method: 'GET', uri: 'http://api/v1/time' }] });
const report = (...alerts: ReturnType<typeof alert>[]): ZapReport => ({ site: [{ alerts }] });

test.each([
  ['nothing', [], true],
  ['low and informational', [alert('1', 0), alert('2', 1)], true],
  ['medium', [alert('3', 2)], false],
  ['high', [alert('4', 3)], false],
  ['a risk that nobody knows', [alert('5', 4)], false],
  ['medium that is explained', [alert('99', 2)], true],
])('a report with %s', (_, alerts, passed) => {
  expect(assess(report(...alerts), new Set(['99'])).passed).toBe(passed);
});

test('a finding says what it is and where it was seen', () => {
  expect(assess(report(alert('40018', 3, 'SQL Injection'), alert('7', 1), alert('99', 2)), new Set(['99']))).toEqual({
    passed: false, high: 1, medium: 0, low: 1, informational: 0, ignored: 1,
    findings: [{ id: '40018', name: 'SQL Injection', risk: 'high', count: 3, where: 'GET http://api/v1/time' }],
  });
});

test('nothing is ignored without a reason, and our own rules keep that', () => {
  expect(() => ignoredRules(readFileSync(join(root, 'scripts/check-zap/rules.tsv'), 'utf8'))).not.toThrow();
  expect([...ignoredRules('# a comment\n\n10049\tIGNORE\t(because of a good and long reason)\n')]).toEqual(['10049']);
  for (const line of ['10049\tIGNORE', '10049\tIGNORE\t(short)', '10049\tWARN\t(because of a good and long reason)']) expect(() => ignoredRules(line)).toThrow('a rule must be');
});

test('the document names the address, and what a scan must not try is not in it', () => {
  const document = JSON.parse(readFileSync(join(root, 'docs/api/openapi.json'), 'utf8')) as Parameters<typeof documentFor>[0];
  const scanned = documentFor(document, 'https://api.example');
  expect(scanned.servers).toEqual([{ url: 'https://api.example' }]);
  const paths = Object.keys(scanned.paths);
  expect(paths).toEqual(expect.arrayContaining(['/v1/orders', '/v1/orders/{id}', '/v1/fills', '/v1/api-keys']));
  expect(paths.filter((path) => path.startsWith('/v1/admin') || path.startsWith('/v1/sessions'))).toEqual([]);
});

describe('running ZAP', () => {
  let folder: string;
  beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'zap-test-')); });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const program = (name: string, text: string): string => {
    const file = join(folder, name);
    writeFileSync(file, `#!/bin/sh\n${text}\n`);
    chmodSync(file, 0o755);
    return file;
  };
  /** Writes its arguments and the token down, and a report to where `-J` says. */
  const scanner = (code: number, found: ZapReport | undefined): string => program('zap-api-scan.py', [
    `echo "$@" > ${folder}/args; echo "$ZAP_AUTH_HEADER_VALUE $ZAP_AUTH_HEADER_SITE" > ${folder}/environment`,
    'while [ "$1" != -J ] && [ $# -gt 0 ]; do shift; done',
    ...(found === undefined ? [] : [`cat > "$2" <<'END'\n${JSON.stringify(found)}\nEND`]),
    `exit ${code}`,
  ].join('\n'));
  const run = (zap: string) => runZap({
    zap: { program: zap }, url: 'http://api.example:8080', token: 's3cret', out: join(folder, 'out'), minutes: 5, environment: { PATH: process.env.PATH },
  });

  test('the program comes before Docker, and a Docker that does not answer is none', () => {
    const zap = program('zap-api-scan.py', 'exit 0');
    expect(findZap({ PATH: `${folder}:/usr/bin:/bin` })).toEqual({ program: 'zap-api-scan.py' });
    expect(findZap({ PATH: '/nowhere', ZAP: zap })).toEqual({ program: zap });
    rmSync(zap);
    program('docker', 'exit 1');
    expect(findZap({ PATH: folder })).toBeUndefined();
    program('docker', '[ "$1" = info ]');
    expect(findZap({ PATH: folder, ZAP_IMAGE: 'mirror/zap:1' })).toEqual({ docker: 'docker', image: 'mirror/zap:1' });
  });

  test('its report decides, whatever it says itself; the token is not among the arguments', async () => {
    expect(await run(scanner(2, report(alert('1', 1))))).toMatchObject({ skipped: false, passed: true, low: 1 });
    expect(readFileSync(join(folder, 'args'), 'utf8')).not.toContain('s3cret');
    expect(readFileSync(join(folder, 'environment'), 'utf8')).toBe('Bearer s3cret api.example\n');
    expect(JSON.parse(readFileSync(join(folder, 'out/openapi.json'), 'utf8'))).toMatchObject({ servers: [{ url: 'http://api.example:8080' }] });
    expect(await run(scanner(0, report(alert('1', 3))))).toMatchObject({ passed: false, high: 1 });
  });

  test('a scan that did not come to its end is a fault, not a result', async () => {
    await expect(run(scanner(3, report(alert('1', 0))))).rejects.toThrow('ZAP ended with 3');
    await expect(run(scanner(0, { site: [] }))).rejects.toThrow('reached nothing');
    rmSync(join(folder, 'out'), { recursive: true });
    await expect(run(scanner(0, undefined))).rejects.toThrow('left no report');
  });

  test('in Docker it sees its folder, and its token by name only', async () => {
    const docker = program('docker', `echo "$@" > ${folder}/args; echo '{"site":[{"alerts":[]}]}' > ${folder}/out/report.json`);
    await runZap({ zap: { docker, image: 'zap:1' }, url: 'http://api', token: 's3cret', out: join(folder, 'out'), minutes: 1, environment: { PATH: process.env.PATH } });
    const args = readFileSync(join(folder, 'args'), 'utf8');
    expect(args).toContain(`-v ${folder}/out:/zap/wrk:rw -e ZAP_AUTH_HEADER_VALUE -e ZAP_AUTH_HEADER_SITE zap:1 zap-api-scan.py -t openapi.json -f openapi`);
    expect(args).not.toContain('s3cret');
  });
});
