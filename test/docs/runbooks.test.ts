/** Commands that somebody types in an emergency exist, with exactly these flags. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectNode } from '../../local/servers/environment';

const root = join(__dirname, '../..');
/** The scripts as they are declared; package.json is generated from there. */
const scripts = Object.fromEntries([...readFileSync(join(root, 'projenrc/tasks.ts'), 'utf8').matchAll(/setScript\('([^']+)', '([^']+)'\)/g)]
  .map(([, name, command]) => [name, command]));

interface Call { readonly page: string; readonly script: string; readonly flags: readonly string[] }

/** Every `npm run … -- --flag …` of a page, lines that go on joined. */
function callsOf(page: string): Call[] {
  const text = readFileSync(join(root, page), 'utf8').replace(/\\\n\s*/g, ' ');
  return [...text.matchAll(/npm run (?:-s )?([\w:-]+)([^\n`]*)/g)].map(([, script, rest]) => ({
    page, script, flags: [...rest.matchAll(/ --([a-z][a-z-]*)/g)].map(([, flag]) => flag),
  }));
}

const pages = ['docs/journals.md', 'docs/operations.md', ...readdirSync(join(root, 'docs/runbooks')).map((name) => `docs/runbooks/${name}`)];
const calls = pages.flatMap(callsOf);

/** What the program says of itself. */
const help = new Map<string, string>();
function helpOf(script: string): string {
  const program = /scripts\/run\.mjs (\S+)$/.exec(scripts[script])![1];
  if (!help.has(script)) {
    help.set(script, execFileSync(projectNode(), [join(root, 'node_modules/tsx/dist/cli.mjs'), program, '--help'], { cwd: root, encoding: 'utf8', timeout: 60_000 }));
  }
  return help.get(script)!;
}

test.each([...new Set(calls.map(({ page, script }) => `${script} of ${page}`))])('%s is a script of the project', (what) => {
  expect(Object.keys(scripts)).toContain(what.split(' of ')[0]);
});

test('the flags of `relay` in the pages are the program\'s own', () => {
  const own = calls.filter(({ script }) => script === 'relay');
  expect(own.length).toBeGreaterThan(0);
  const known = [...helpOf('relay').matchAll(/^ {2}--([a-z-]+)/gm)].map(([, flag]) => flag);
  for (const { flags } of own) expect(known).toEqual(expect.arrayContaining([...flags]));
}, 60_000);

test('the flags of `rebuild-core` in the pages are the program\'s own, and those that it must have are there', () => {
  const own = calls.filter(({ script, flags }) => script === 'rebuild-core' && flags.length > 0 && !flags.includes('help'));
  expect(own.length).toBeGreaterThanOrEqual(2);
  const known = ['help', ...[...helpOf('rebuild-core').matchAll(/^ {2}--([a-z-]+)/gm)].map(([, flag]) => flag)];
  for (const { flags } of own) {
    expect(known).toEqual(expect.arrayContaining([...flags]));
    expect(flags).toEqual(expect.arrayContaining(['ledger-url', 'snapshot-bucket', 'settlement-queue']));
    expect(flags.filter((flag) => flag.startsWith('lease-'))).toHaveLength(1);
  }
  // Those that the text explains beside a call.
  const text = readFileSync(join(root, 'docs/runbooks/region-switch.md'), 'utf8');
  const section = /## Rebuilding the core\n(.*?)\n## /s.exec(text)![1];
  const named = [...section.matchAll(/--([a-z][a-z-]+)/g)].map(([, flag]) => flag);
  expect(known).toEqual(expect.arrayContaining(named));
}, 60_000);
