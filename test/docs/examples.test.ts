/** Every TypeScript example in the README and the construct pages compiles against the library as it stands. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import * as ts from 'typescript';

const root = join(__dirname, '../..');
const LONGEST_EXAMPLE = 12;

interface Example {
  readonly name: string;
  readonly page: string;
  readonly code: string;
}

function pages(): string[] {
  const folder = join(root, 'docs/constructs');
  const found = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.md')).map((file) => join(folder, file));
  return [join(root, 'README.md'), ...found].sort();
}

const examples: Example[] = pages().flatMap((page) => [...readFileSync(page, 'utf8').matchAll(/^```ts\n([\s\S]*?)^```/gm)].map((match, i) => ({
  name: `${relative(root, page)}-${i}.ts`.replace(/[^\w.-]/g, '_'),
  page: relative(root, page),
  code: match[1],
})));

/** Statements that count: an example is short, its imports and given inputs are not what it shows. */
function lines(code: string): number {
  return code.split('\n').filter((line) => line.trim() !== '' && !/^(import|declare)\b/.test(line)).length;
}

test('there are examples to compile', () => {
  expect(examples.length).toBeGreaterThan(30);
});

test('every example compiles', () => {
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.Preserve,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: ['node'],
    paths: { 'cdk-trading-platform': [join(root, 'src/index.ts')] },
  };
  const host = ts.createCompilerHost(options);
  // The page introduces `stack` in words: it is in every example.
  const given = (code: string) => (/\b(const|let) stack\b/.test(code) ? '' : "declare const stack: import('aws-cdk-lib').Stack;\n");
  const virtual = new Map(examples.map(({ name, code }) => [join(root, '.examples', name), `${given(code)}${code}\nexport {};\n`]));
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (file) => virtual.has(file) || fileExists(file);
  host.readFile = (file) => virtual.get(file) ?? readFile(file);
  host.getSourceFile = (file, version, ...rest) => {
    const text = virtual.get(file);
    return text === undefined ? getSourceFile(file, version, ...rest) : ts.createSourceFile(file, text, version);
  };
  const program = ts.createProgram([...virtual.keys()], options, host);
  const problems = [...virtual.keys()].flatMap((file) => {
    const source = program.getSourceFile(file)!;
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]
      .map((found) => `${relative(join(root, '.examples'), file)}: ${ts.flattenDiagnosticMessageText(found.messageText, ' ')}`);
  });
  expect(problems).toEqual([]);
}, 180_000);

test.each(examples.filter(({ page }) => page !== 'README.md'))('$name is short', ({ code }) => {
  expect(lines(code)).toBeLessThanOrEqual(LONGEST_EXAMPLE);
});
