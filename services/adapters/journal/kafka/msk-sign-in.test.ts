import { mskSignIn, mskToken } from './msk-sign-in';

beforeAll(() => {
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret', AWS_SESSION_TOKEN: 'session' });
});
afterAll(() => {
  delete process.env.AWS_SESSION_TOKEN;
});

test('the token is a request to connect to clusters, signed for a quarter of an hour', async () => {
  const token = await mskToken('eu-west-1', new Date('2026-01-05T09:00:00Z'));
  expect(token).toMatch(/^[\w-]+$/);
  const url = new URL(Buffer.from(token, 'base64url').toString());
  expect([url.origin, url.pathname]).toEqual(['https://kafka.eu-west-1.amazonaws.com', '/']);
  expect(Object.fromEntries(url.searchParams)).toEqual({
    'Action': 'kafka-cluster:Connect',
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': 'AKIDEXAMPLE/20260105/eu-west-1/kafka-cluster/aws4_request',
    'X-Amz-Date': '20260105T090000Z',
    'X-Amz-Security-Token': 'session',
    'X-Amz-SignedHeaders': 'host',
    'X-Amz-Expires': '900',
    'X-Amz-Signature': expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    'User-Agent': 'cdk-trading-platform',
  });
  expect(await mskToken('eu-west-1', new Date('2026-01-05T09:00:00Z'))).toBe(token);
  expect(await mskToken('eu-west-1', new Date('2026-01-05T09:00:01Z'))).not.toBe(token);
});

test.each([
  ['b-1.example.com:9098', ['sasl', 'tls']], ['b-1.example.com:9094', ['tls']], ['127.0.0.1:9092', []],
])('%s is signed in to as its port has it', (broker, settings) => {
  expect(Object.keys(mskSignIn([broker], 'eu-west-1')).sort()).toEqual(settings);
});
