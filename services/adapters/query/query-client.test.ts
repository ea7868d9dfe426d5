import { MatcherQuery } from './query-client';
import { BreakerOpenError } from '../../runtime';
import { StallingProxy } from '../../runtime/testing/faulty-server';

test('matchers that do not answer cost a few questions their time and then nothing', async () => {
  const nobody = new StallingProxy(undefined);
  const query = new MatcherQuery({ endpoints: [`127.0.0.1:${await nobody.start()}`], timeoutMs: 100 });
  try {
    const began = performance.now();
    for (let i = 0; i < 5; i++) await expect(query.position()).rejects.toMatchObject({ code: expect.any(Number) as number });
    expect(performance.now() - began).toBeLessThan(4_000);
    await expect(query.position()).rejects.toBeInstanceOf(BreakerOpenError);
    expect(query.problem).toMatch(/DEADLINE_EXCEEDED|UNAVAILABLE/);
  } finally {
    query.close();
    await nobody.stop();
  }
});
