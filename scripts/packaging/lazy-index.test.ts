import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeIndexLazy } from './lazy-index';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lazy-index-'));
  writeFileSync(join(folder, 'a.js'), 'console.log("a loaded"); exports.A = class A {}; exports.KIND = undefined;');
  writeFileSync(join(folder, 'b.js'), 'console.log("b loaded"); exports.B = class B {};');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function lazy(source: string): void {
  writeFileSync(join(folder, 'index.ts'), source);
  const log = jest.spyOn(console, 'log').mockImplementation();
  makeIndexLazy(join(folder, 'index.ts'), folder);
  log.mockRestore();
}

const node = (...args: string[]): string => execFileSync(process.execPath, args, { encoding: 'utf8', cwd: folder });

test('a file is loaded when something of it is asked for, once, and not before', () => {
  lazy('export * from \'./a\';\nexport * from \'./b\';\n');
  expect(node('-e', 'const index = require("./index.js"); console.log("ready"); console.log(new index.B().constructor.name, index.B === index.B)'))
    .toBe('ready\nb loaded\nB true\n');
  expect(node('-p', 'Object.keys(require("./index.js")).join()')).toBe('A,KIND,B\n');
});

test('an ES module may name what it imports', () => {
  lazy('export * from \'./a\';\nexport * from \'./b\';\n');
  writeFileSync(join(folder, 'user.mjs'), 'import { A } from "./index.js"; console.log(typeof A);');
  expect(node('user.mjs')).toContain('function');
});

test('what it cannot rewrite it refuses', () => {
  expect(() => lazy('export const version = 1;\n')).toThrow('but has: export const version = 1;');
  writeFileSync(join(folder, 'b.js'), 'exports.A = 1;');
  expect(() => lazy('export * from \'./a\';\nexport * from \'./b\';\n')).toThrow('./a and ./b both export A');
});
