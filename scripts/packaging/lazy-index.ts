/**
 * Makes the compiled entry point of the library load a file when somebody asks for what it exports, as aws-cdk-lib does: who uses two
 * constructs does not load two hundred, with the modules of all AWS services behind them. Type declarations stay as they are.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const HEAD = `"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
const lazily = (name, load) => Object.defineProperty(exports, name, {
    enumerable: true, configurable: true,
    get: () => { const value = load(); Object.defineProperty(exports, name, { enumerable: true, configurable: true, value }); return value; },
});
`;

/**
 * Rewrites an entry point that consists of `export * from './file'`.
 *
 * @param source its TypeScript
 * @param folder folder of the compiled files
 * @throws Error when it has other statements, or two files export the same name
 */
export function makeIndexLazy(source: string, folder: string): void {
  const load = createRequire(join(folder, 'index.js'));
  const files = readFileSync(source, 'utf8').split('\n').filter((line) => line.trim() !== '').map((line) => {
    const file = /^export \* from '(\.\/[^']+)';$/.exec(line)?.[1];
    if (file === undefined) throw new Error(`${source} must consist of lines such as export * from './file', but has: ${line}`);
    return file;
  });
  const owners = new Map<string, string>();
  for (const file of files) {
    for (const name of Object.keys(load(file) as object).filter((each) => each !== 'default')) {
      if (owners.has(name)) throw new Error(`${owners.get(name)} and ${file} both export ${name}`);
      owners.set(name, file);
    }
  }
  const lines = [...owners].map(([name, file]) => (
    // The assignment is for those who read the exports without running them: import { … } from an ES module.
    `exports.${name} = void 0; lazily("${name}", () => require("${file}").${name});`));
  writeFileSync(join(folder, 'index.js'), `${HEAD}${lines.join('\n')}\n`);
}
