/** What jsii-pacmak generates for a language: how many of our types are there, and which are not. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** How a language declares a type; its first group is the type's name. */
const DECLARATIONS: Record<string, { readonly files: RegExp; readonly declaration: RegExp }> = {
  java: { files: /\.java$/, declaration: /^public (?:abstract )?(?:final )?(?:class|interface|enum) (\w+)/gm },
  dotnet: { files: /\.cs$/, declaration: /^ {4}public (?:abstract )?(?:class|interface|enum) (\w+)/gm },
  go: { files: /\.go$/, declaration: /^type (\w+) (?:interface|struct|string)\b/gm },
  python: { files: /\.py$/, declaration: /^class (\w+)[(:]/gm },
};

/** Names of the types that a language's sources below a folder declare. */
export function declaredTypes(target: string, folder: string): Set<string> {
  const { files, declaration } = DECLARATIONS[target];
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => files.test(file));
  return new Set(sources.flatMap((file) => [...readFileSync(join(folder, file), 'utf8').matchAll(declaration)].map(([, name]) => name)));
}

/** .NET gives every interface the prefix that behavioural ones have by our convention anyway. */
export function nameIn(target: string, name: string, kind: string): string[] {
  return target === 'dotnet' && kind === 'interface' ? [name, `I${name}`] : [name];
}
