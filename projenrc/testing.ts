import { javascript } from 'projen';

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
  coverage: false,
  jestConfig: {
    testEnvironment: 'node',
    roots: ['<rootDir>/src', '<rootDir>/test', '<rootDir>/services', '<rootDir>/local', '<rootDir>/scripts'],
    testMatch: ['**/*.test.ts'],
    transform: {
      '^.+\\.m?[tj]sx?$': new javascript.Transform('@swc/jest', {
        jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
        module: { type: 'commonjs' },
      }),
    },
    // Packages that ship ECMAScript modules only; swc turns them into CommonJS like our own files.
    transformIgnorePatterns: ['/node_modules/(?!(node-pg-migrate|glob|minimatch|brace-expansion|balanced-match|lru-cache|path-scurry|minipass)/)'],
    snapshotSerializers: [],
    testTimeout: 60_000,
    clearMocks: true,
  },
};
