import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importCycles } from './import-cycles';

let folder: string;
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'cycles-')); });
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (files: Readonly<Record<string, string>>): void => {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
};

test('files that load each other in a circle are told with the way round', async () => {
  write({
    'a.ts': 'import { b } from "./b"; export const a = () => b;',
    'b.ts': 'import { c } from "./c"; export const b = () => c;',
    'c.ts': 'import { a } from "./a"; export const c = () => a;',
    'd.ts': 'import { a } from "./a"; console.log(a);',
  });
  expect(await importCycles(folder, ['d.ts', 'a.ts', 'b.ts', 'c.ts'])).toEqual([['a.ts', 'b.ts', 'c.ts', 'a.ts']]);
});

test('two ways to one file are no circle, and types load nothing', async () => {
  write({
    'a.ts': 'import { b } from "./b"; import { c } from "./c"; export type A = number; export const a = [b, c];',
    'b.ts': 'import { c } from "./c"; export const b = c;',
    'c.ts': 'import type { A } from "./a"; export const c: A = 1;',
  });
  expect(await importCycles(folder, ['a.ts', 'b.ts', 'c.ts'])).toEqual([]);
});
