/** What a user reads: every exported name and member is documented, typed, and every construct has a page with an example. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import * as ts from 'typescript';

const root = join(__dirname, '../..');
const src = join(root, 'src');

/** Files of the library whose exports a user sees. */
const index = readFileSync(join(src, 'index.ts'), 'utf8');
const files = [...index.matchAll(/^export \* from '(.+)';$/gm)].map(([, path]) => join(src, `${path}.ts`));
const sources = files.map((file) => ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2022, true));

type Documented = ts.Declaration & { readonly name?: ts.Node };

interface Entry { readonly name: string; readonly node: Documented; readonly file: string }

const modifiersOf = (node: ts.Node) => (ts.canHaveModifiers(node) ? ts.getModifiers(node) ?? [] : []).map(({ kind }) => kind);
const isExported = (node: ts.Node) => modifiersOf(node).includes(ts.SyntaxKind.ExportKeyword);
const isHidden = (node: ts.Node) => modifiersOf(node).some((kind) => kind === ts.SyntaxKind.PrivateKeyword || kind === ts.SyntaxKind.ProtectedKeyword)
  || ts.getJSDocTags(node).some(({ tagName }) => tagName.text === 'internal');

/** Every exported declaration with its public members; constructors stand for their class and its props. */
function entries(source: ts.SourceFile): Entry[] {
  const file = relative(src, source.fileName);
  const of = (node: Documented, name: string): Entry => ({ name, node, file });
  return source.statements.filter(isExported).flatMap((statement) => {
    if (ts.isVariableStatement(statement)) return statement.declarationList.declarations.map((each) => of(each, each.name.getText()));
    const declaration = statement as unknown as Documented & { readonly members?: ts.NodeArray<ts.ClassElement> };
    const name = declaration.name?.getText() ?? '';
    if (declaration.members === undefined) return [of(declaration, name)];
    const members = [...declaration.members as ts.NodeArray<Documented>].filter((member) => !isHidden(member)).flatMap((member) => {
      if (!ts.isConstructorDeclaration(member)) return [of(member, `${name}.${member.name?.getText() ?? ''}`)];
      return member.parameters.filter((parameter) => ts.isParameterPropertyDeclaration(parameter, member) && !isHidden(parameter))
        .map((parameter) => of(parameter, `${name}.${parameter.name.getText()}`));
    });
    return [of(declaration, name), ...members];
  });
}

const surface = sources.flatMap(entries);

/** A comment in front of a declaration, or of a parameter that is a property. */
function documentation({ node, file }: Entry): string {
  const text = sources.find(({ fileName }) => relative(src, fileName) === file)!.text;
  const host = ts.isVariableDeclaration(node) ? node.parent.parent : node;
  return (ts.getLeadingCommentRanges(text, host.pos) ?? []).map(({ pos, end }) => text.slice(pos, end)).filter((comment) => comment.startsWith('/**')).pop() ?? '';
}

test('every exported name and every public member is documented', () => {
  expect(surface.length).toBeGreaterThan(500);
  expect(surface.filter((entry) => !/\/\*\*\s*\*?\s*\S/.test(documentation(entry).replace(/\*\/$/, ''))).map(({ name, file }) => `${file}: ${name}`)).toEqual([]);
});

test('every optional property of a struct says what it is when it is left out', () => {
  const optional = surface.filter(({ node }) => ts.isPropertySignature(node) && node.questionToken !== undefined);
  expect(optional.length).toBeGreaterThan(150);
  expect(optional.filter((entry) => !/@default \S/.test(documentation(entry))).map(({ name, file }) => `${file}: ${name}`)).toEqual([]);
});

test('no public signature has the type any', () => {
  const typed = surface.filter(({ node }) => signature(node).some((type) => mentionsAny(type)));
  expect(typed.map(({ name, file }) => `${file}: ${name}`)).toEqual([]);
});

/** Types in the signature of a declaration, its body left out. */
function signature(node: ts.Node): ts.Node[] {
  if (ts.isClassDeclaration(node) || ts.isInterfaceDeclaration(node) || ts.isEnumDeclaration(node)) return [];
  const { type, parameters } = node as ts.SignatureDeclaration;
  return [type, ...(parameters ?? []).map((parameter) => parameter.type)].filter((each): each is ts.TypeNode => each !== undefined);
}

function mentionsAny(node: ts.Node): boolean {
  return node.kind === ts.SyntaxKind.AnyKeyword || ts.forEachChild(node, mentionsAny) === true;
}

/** Exported classes of `src/constructs` that are constructs, by layer; a base class counts as one through its own. */
const bases: Record<string, string> = Object.fromEntries(sources.flatMap((source) => source.statements.filter(ts.isClassDeclaration)
  .map((each) => [each.name!.text, each.heritageClauses?.find(({ token }) => token === ts.SyntaxKind.ExtendsKeyword)?.types[0].expression.getText() ?? ''])));
const isConstruct = (name: string): boolean => name === 'Construct' || (bases[name] !== undefined && isConstruct(bases[name]));
const constructs = surface.filter(({ node, name, file }) => ts.isClassDeclaration(node) && file.startsWith('constructs/') && isConstruct(name)
  && !modifiersOf(node).includes(ts.SyntaxKind.AbstractKeyword));

test.each(constructs.map(({ name, file }) => [name, basename(dirname(file))]))('%s has a page with an example', (name, layer) => {
  const folder = join(root, 'docs/constructs', layer);
  const pages = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.md')).map((file) => readFileSync(join(folder, file), 'utf8')) : [];
  const examples = pages.flatMap((page) => [...page.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, code]) => code));
  expect(examples.some((code) => new RegExp(`new ${name}\\(|\\b${name}\\.of\\(`).test(code))).toBe(true);
});

test('every exported construct is among those that all layers are tested with', () => {
  const fixtures = readdirSync(join(root, 'test/support/every-construct')).map((file) => readFileSync(join(root, 'test/support/every-construct', file), 'utf8')).join('\n');
  // What comes with another construct and is made by it.
  const included = ['ApiGatewayLogging'];
  expect(constructs.map(({ name }) => name).filter((name) => !included.includes(name) && !fixtures.includes(`create(${name}, `))).toEqual([]);
});
