/** The compiled library as its own description, `.jsii`, tells it. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { makeIndexLazy } from './lazy-index';
import { programOf, root, run } from '../lib/processes';

export interface AssemblyMember {
  readonly name?: string;
  readonly docs?: { readonly summary?: string };
}

/** A type as far as the project's programs read it. */
export interface AssemblyType {
  readonly name: string;
  readonly kind: 'class' | 'interface' | 'enum';
  readonly abstract?: boolean;
  readonly base?: string;
  readonly docs?: { readonly summary?: string };
  readonly locationInModule: { readonly filename: string };
  readonly initializer?: { readonly parameters?: ReadonlyArray<{ readonly name: string; readonly optional?: boolean }> };
  readonly properties?: readonly AssemblyMember[];
  readonly methods?: readonly AssemblyMember[];
  readonly members?: readonly AssemblyMember[];
}

const newest = (folder: string): number => Math.max(0, ...readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
  .map((file) => statSync(join(folder, file)).mtimeMs));

/** Compiles the library when it never was, or was changed since. */
export function ensureCompiled(): void {
  const [assembly, compiled] = [join(root, '.jsii'), join(root, 'lib/index.js')];
  if (existsSync(assembly) && existsSync(compiled) && statSync(assembly).mtimeMs >= newest(join(root, 'src'))) return;
  compile();
}

/** Compiles the library as it is published. */
export function compile(): void {
  run(process.execPath, [programOf('jsii', 'bin/jsii'), '--silence-warnings=reserved-word'], { show: true });
  makeIndexLazy(join(root, 'src/index.ts'), join(root, 'lib'));
}

/** Every exported type, by name. */
export function assemblyTypes(): AssemblyType[] {
  const { types } = JSON.parse(readFileSync(join(root, '.jsii'), 'utf8')) as { types: Record<string, AssemblyType> };
  return Object.values(types).sort((a, b) => a.name.localeCompare(b.name));
}

/** Systems that cannot be without a decision of their user: this one leads people to the region that serves by records in a zone of theirs. */
const ASKING = ['MultiRegionExchange'];

/** Classes that a user puts into an app with one line: constructs in `src/stacks` itself that are no stacks and ask for nothing. */
export function systems(types = assemblyTypes()): string[] {
  return types.filter(({ name, kind, abstract, base, locationInModule, initializer }) => kind === 'class' && abstract !== true
    && base === 'constructs.Construct' && /^src\/stacks\/[^/]+$/.test(locationInModule.filename) && !ASKING.includes(name)
    && (initializer?.parameters ?? []).slice(2).every(({ optional }) => optional === true)).map(({ name }) => name);
}

/** Public members without a summary, as `Type` or `Type.member`. */
export function undocumented(types = assemblyTypes()): string[] {
  return types.flatMap((type) => [
    ...(type.docs?.summary ? [] : [type.name]),
    ...[...(type.properties ?? []), ...(type.methods ?? []), ...(type.members ?? [])]
      .filter(({ docs }) => !docs?.summary).map(({ name }) => `${type.name}.${name ?? 'constructor'}`),
  ]);
}
