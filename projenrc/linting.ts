import type { awscdk } from 'projen';

/** Import directions of the house plan, as lint rules: which folder may import which. */
export function configureLinting(project: awscdk.AwsCdkConstructLibrary): void {
  const eslint = project.eslint!;
  eslint.addRules({
    'max-len': ['error', { code: 150, ignoreUrls: true, ignoreStrings: true, ignoreTemplateLiterals: true, ignoreRegExpLiterals: true }],
    '@typescript-eslint/no-explicit-any': 'error',
    // A table of short literals reads best on one line; binary formats are made of bits; order inside a class follows the story.
    '@stylistic/object-property-newline': 'off',
    'no-bitwise': 'off',
    '@typescript-eslint/member-ordering': 'off',
    'import/no-restricted-paths': ['error', { zones: zones() }],
  });
  for (const dir of ['services', 'local', 'examples', 'bench', 'scripts', 'integ']) eslint.addLintPattern(dir);
  eslint.addIgnorePattern('*.generated.ts');
  eslint.addIgnorePattern('scripts/*.mjs');
  eslint.addOverride({
    files: ['services/**', 'local/**', 'bench/**', 'scripts/**', 'integ/**', 'test/**', 'projenrc/**', 'examples/**', '.projenrc.ts'],
    rules: { 'import/no-extraneous-dependencies': 'off' },
  });
  // A test may start what the code under it may not know: a real database, the other side of a queue.
  eslint.addOverride({ files: ['**/*.test.ts', 'services/**/testing/**'], rules: { 'import/no-restricted-paths': 'off' } });
}

/** The layers of `src/constructs`, in the order in which they may import each other. */
const LAYERS = [
  'governance', 'network', 'security', 'observability', 'identity', 'messaging',
  'data', 'compute', 'ingress', 'edge', 'resilience', 'delivery',
];

function zones() {
  const forbid = (target: string, from: string, except: string[] = [], message?: string) => ({ target: `./${target}`, from: `./${from}`, except, message });
  const services = [
    'reference-api', 'reference-matcher', 'streamer', 'settlement', 'setup', 'history-sync', 'backtester', 'simulation-worker', 'serverless-api',
    'socket-api', 'user-service', 'market-mirror', 'audit-archiver',
  ];
  return [
    ...LAYERS.flatMap((layer, i) => LAYERS.slice(i + 1).map((later) =>
      forbid(`src/constructs/${layer}`, `src/constructs/${later}`, [], `the layer ${layer} comes before ${later}`))),
    forbid('src/constructs', 'src/stacks', [], 'constructs do not know the stacks'),
    forbid('src/assurance', 'src/stacks', [], 'assurance works on any app, so it does not know the stacks'),
    forbid('src', 'services', [], 'src is jsii and knows services through their manifests only'),
    forbid('src', 'local'),
    forbid('services', 'src'),
    forbid('services', 'local'),
    forbid('services/domain', 'services', ['./domain'], 'the domain imports nothing but itself'),
    forbid('services/runtime', 'services', ['./domain', './runtime']),
    forbid('services/adapters', 'services', ['./domain', './runtime', './adapters']),
    ...services.map((name) => forbid(`services/${name}`, 'services', ['./domain', './runtime', './adapters', `./${name}`], 'services never import each other')),
    forbid('services/web', 'services', ['./web'], 'the screen knows the public API only'),
    forbid('local', 'src', [], 'local reads the assembly, never the constructs'),
    forbid('local', 'services', [], 'local reads the manifests as JSON, never the services'),
    forbid('examples', 'services'),
    forbid('examples', 'local'),
  ];
}
