import { CacheEngine } from '../../../src/constructs/data/cache-engine';

test('knows the family of its parameters', () => {
  expect([CacheEngine.VALKEY_8_0, CacheEngine.VALKEY_9_0, CacheEngine.REDIS_7_1, CacheEngine.valkey('7.2')].map((engine) => engine.parameterGroupFamily))
    .toEqual(['valkey8', 'valkey9', 'redis7', 'valkey7']);
});

test.each(['6.2', '8', 'eight', '8.0.1'])('fails with version %s', (version) => {
  expect(() => CacheEngine.valkey(version)).toThrow(/`version` of valkey must be 7.0 or newer, with a dot, got: '/);
});
