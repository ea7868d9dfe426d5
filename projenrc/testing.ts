import { javascript, type awscdk } from 'projen';

/**
 * Jest never rewrites a snapshot by itself and fails without tests. Tests are transformed by swc; `npm run typecheck`
 * checks their types once for all.
 */
export const jestOptions: javascript.JestOptions = {
  jestVersion: '^30.0.0',
  configFilePath: 'jest.config.json',
  updateSnapshot: javascript.UpdateSnapshot.NEVER,
  passWithNoTests: false,
  junitReporting: false,
  jestConfig: {
    testEnvironment: 'node',
    roots: ['<rootDir>/src', '<rootDir>/test', '<rootDir>/services', '<rootDir>/local', '<rootDir>/scripts', '<rootDir>/bench'],
    testMatch: ['**/*.test.ts'],
    // Packages that ship ECMAScript modules only; swc turns them into CommonJS like our own files. The last one imports what Node has when
    // it needs it, which Jest cannot do.
    transformIgnorePatterns: ['/node_modules/(?!(node-pg-migrate|glob|minimatch|brace-expansion|balanced-match|lru-cache|path-scurry|minipass|hyparquet|hyparquet-writer|oauth4webapi|@opentelemetry/otlp-exporter-base)/)'],
    testTimeout: 60_000,
    clearMocks: true,
  },
};

/** One transform, swc, in place of the one that projen sets. */
export function configureTesting(project: awscdk.AwsCdkConstructLibrary): void {
  const config = project.jest!.config as Record<string, unknown>;
  config.collectCoverage = false;
  config.testMatch = ['**/*.test.ts'];
  config.transform = {
    '^.+\\.m?[tj]sx?$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } }],
  };
  project.deps.removeDependency('ts-jest');
}
