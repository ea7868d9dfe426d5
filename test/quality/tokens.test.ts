/**
 * Values that are known only at deployment: each text, number and duration that a construct takes either reaches the template as it
 * is, or is refused by name. What must not happen is a template that holds something else and fails when it is deployed.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Duration, Token } from 'aws-cdk-lib';
import * as ts from 'typescript';
import { testApp } from '../support/apps';
import { EVERY_CONSTRUCT, LAYERS } from '../support/every-construct';
import { OVERRIDE } from '../support/every-construct/common';
import { resourcesOfStacks } from '../support/every-construct/resources';

const src = join(__dirname, '../../src');
const declarations = [...readFileSync(join(src, 'index.ts'), 'utf8').matchAll(/^export \* from '(\.\/constructs\/.+)';$/gm)]
  .map(([, path]) => ts.createSourceFile(path, readFileSync(join(src, `${path}.ts`), 'utf8'), ts.ScriptTarget.ES2022, true))
  .flatMap((source) => [...source.statements]);
const structs = new Map(declarations.filter(ts.isInterfaceDeclaration).map((each) => [each.name.text, each]));

type Unit = 'millis' | 'seconds' | 'minutes' | 'hours' | 'days';
type Kind = 'string' | 'number' | 'Duration' | 'string[]';

/** Properties of a struct and of those that it extends, with the types that can be tokens. */
function tokenProps(name: string): Array<[string, Kind]> {
  const struct = structs.get(name);
  const own = (struct?.members ?? []).flatMap((member): Array<[string, Kind]> => {
    const type = ts.isPropertySignature(member) ? member.type?.getText() : undefined;
    return type === 'string' || type === 'number' || type === 'Duration' || type === 'string[]' ? [[member.name!.getText(), type]] : [];
  });
  return [...own, ...(struct?.heritageClauses ?? []).flatMap(({ types }) => types.flatMap(({ expression }) => tokenProps(expression.getText())))];
}

/** What the constructor of a class takes. */
function propsOf(declaration: ts.ClassDeclaration): string | undefined {
  const [, , props] = declaration.members.find(ts.isConstructorDeclaration)?.parameters ?? [];
  return props?.type?.getText();
}

/** Layer, class, property and its type. */
const cases = LAYERS.flatMap((layer) => {
  const fixture = readFileSync(join(__dirname, `../support/every-construct/${layer}.ts`), 'utf8');
  const names = new Set([...fixture.matchAll(/create\((\w+), /g)].map(([, name]) => name));
  return declarations.filter(ts.isClassDeclaration).filter(({ name, parent }) => names.has(name!.text) && parent.getSourceFile().fileName.includes(`/${layer}/`))
    .flatMap((declaration) => tokenProps(propsOf(declaration) ?? '').map(([prop, kind]) => [layer, declaration.name!.text, prop, kind] as const));
});

/** Like the value of a parameter: text and numbers that only CloudFormation knows. */
function tokenOf(kind: Kind, unit: Unit): unknown {
  const reference = { Ref: 'Given' };
  switch (kind) {
    case 'string': return Token.asString(reference);
    case 'string[]': return [Token.asString(reference)];
    case 'number': return Token.asNumber(reference);
    case 'Duration': return Duration[unit](Token.asNumber(reference));
  }
}

/** What became of a token: it is in a template, was refused by its name, or something else. */
function fate(layer: string, type: string, prop: string, kind: Kind, units: Unit[] = ['seconds']): string {
  const app = testApp();
  app.node.setContext(OVERRIDE, { type, props: { [prop]: tokenOf(kind, units[0]) } });
  try {
    EVERY_CONSTRUCT[layer](app);
    const text = JSON.stringify(resourcesOfStacks(app));
    if (/NaN|\$\{Token\[|-1\.888\d+e\+?289/.test(text)) return 'garbled';
    return /"Ref":"Given"/.test(text) ? 'kept' : 'lost';
  } catch (error) {
    const { message } = error as Error;
    // The CDK cannot convert a duration of unknown length and says which unit it needs.
    const wanted = /must be specified as 'Duration\.(\w+)\(\)'/.exec(message)?.[1] as Unit | undefined;
    if (wanted !== undefined && !units.includes(wanted)) return fate(layer, type, prop, kind, [wanted, ...units]);
    return message.includes(prop) ? 'refused' : `thrown: ${message.slice(0, 200)}`;
  }
}

/** Properties that cannot be seen in a template, and why. */
const UNSEEN: Record<string, string> = {
  'CostAllocationTags.exemptTypes': 'a list of the types that the check at synthesis passes over',
  'GlobalLedger.databaseName': 'handed on to replicas in other regions; the database itself is made by the primary cluster',
  'TradesTable.symbolShards': 'handed on to the services that write and read the index',
};

test('there are properties to try', () => {
  expect(cases.length).toBeGreaterThan(100);
});

test.each(cases)('%s: %s takes or refuses a token as `%s` (%s)', (layer, type, prop, kind) => {
  expect(fate(layer, type, prop, kind)).toMatch(UNSEEN[`${type}.${prop}`] === undefined ? /^(kept|refused)$/ : /^lost$/);
});
