/** Which members the library's constructs, props and value objects have, read from its sources: `Construct.prop` must be true. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Declared {
  readonly parents: string[];
  readonly members: Set<string>;
}

const DECLARATION = /^export (?:abstract )?(?:class|interface|enum) (\w+)(?: extends ([\w., ]+?))?(?: implements [\w., ]+)? \{(?:\}|\n([\s\S]*?)^\})/gm;
const MEMBER = /^ {2}(?:public )?(?:static )?(?:readonly )?(?:get )?(\w+)\??(?=[:(=]| =)/gm;

/** Every exported class, interface and enum below `src`, by name. */
function declarations(folder: string): Map<string, Declared> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  return new Map(files.flatMap((file) => [...readFileSync(join(folder, file), 'utf8').matchAll(DECLARATION)].map(([, name, parents = '', body = '']): [string, Declared] => [
    name, { parents: parents.split(',').map((parent) => parent.trim()).filter(Boolean), members: new Set([...body.matchAll(MEMBER)].map(([, member]) => member)) },
  ])));
}

const all = declarations(join(__dirname, '../../src'));

function hasMember(name: string, member: string): boolean {
  const declared = all.get(name);
  return declared !== undefined && (declared.members.has(member) || declared.parents.some((parent) => hasMember(parent, member)));
}

/** Whether the library has a construct, or a prop, method or factory of one. */
export function exists(reference: string): boolean {
  const [name, member] = reference.split('.');
  if (member === undefined) return all.has(name);
  return hasMember(name, member) || hasMember(`${name}Props`, member);
}
