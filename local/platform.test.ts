import { execFile, spawn } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient, SendMessageCommand } from '@aws-sdk/client-sqs';
import WebSocket from 'ws';
import { type Platform, startPlatform } from './platform';
import { PROJECT_ROOT, projectNode } from './servers/environment';
import { isPortFree } from './servers/ports';
import { type Fixture, makeFixture } from './testing/fixture';

interface EchoAnswer {
  readonly pid: number;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly env: Record<string, string>;
}

const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };

async function until<T>(what: string, probe: () => Promise<T | undefined | false> | T | undefined | false, timeoutMs = 15_000): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const found = await probe();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

describe('a running platform', () => {
  const fixture = makeFixture();
  const reports: string[] = [];
  let platform: Platform;
  let baseUrl: string;

  beforeAll(async () => {
    platform = await startPlatform({ ...fixture, tasks: 2, onReport: (sentence) => reports.push(sentence) });
    baseUrl = platform.describe().baseUrl;
  });
  afterAll(async () => {
    await platform?.stop();
    rmSync(fixture.project, { recursive: true, force: true });
  });

  const ask = async (path = '/', cookie?: string): Promise<{ answer: EchoAnswer; cookies: string[]; status: number }> => {
    const response = await fetch(`${baseUrl}${path}`, { headers: cookie ? { cookie } : {} });
    const text = await response.text();
    return { answer: (response.ok ? JSON.parse(text) : {}) as EchoAnswer, cookies: response.headers.getSetCookie(), status: response.status };
  };
  const stickyCookie = (cookies: string[]): string => cookies.find((one) => one.startsWith('AWSALB='))!.split(';')[0];

  test('processes have the environment of the template, the resolved secret, and nothing else of AWS', async () => {
    const { env } = (await ask()).answer;
    expect(env.QUEUE).toBe(platform.describe().resources['Test/Queue'].ref);
    expect(env.PASSWORD).toHaveLength(20);
    expect(Object.keys(env).filter((name) => name.startsWith('AWS_')).sort()).toEqual([
      'AWS_ACCESS_KEY_ID', 'AWS_DEFAULT_REGION', 'AWS_EC2_METADATA_DISABLED', 'AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_LAMBDA',
      'AWS_ENDPOINT_URL_SECRETS_MANAGER', 'AWS_ENDPOINT_URL_SQS', 'AWS_REGION', 'AWS_SECRET_ACCESS_KEY',
    ]);
    expect(env.PORT).not.toBe('8080');
  });

  test('the cookie keeps a client with its task, over HTTP and WebSocket; without it, both are used', async () => {
    const pids = new Set<number>();
    for (let i = 0; i < 6; i++) pids.add((await ask()).answer.pid);
    expect(pids.size).toBe(2);
    const first = await ask();
    const cookie = stickyCookie(first.cookies);
    expect(first.cookies).toContain('own=1');
    for (let i = 0; i < 5; i++) expect((await ask('/', cookie)).answer.pid).toBe(first.answer.pid);
    const overSocket = await new Promise<string>((resolve, reject) => {
      const socket = new WebSocket(baseUrl.replace('http', 'ws'), { headers: { cookie } });
      socket.on('message', (data) => {
        resolve(String(data));
        socket.terminate();
      });
      socket.on('error', reject);
    });
    expect(Number(overSocket)).toBe(first.answer.pid);
  });

  test('requests pass with their body and the addresses of who asked', async () => {
    const response = await fetch(`${baseUrl}/path?x=1`, { method: 'POST', body: 'a body', headers: { 'x-own': 'kept' } });
    expect(await response.json()).toMatchObject({
      url: '/path?x=1', method: 'POST', body: 'a body', headers: { 'x-own': 'kept', 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'http' },
    });
  });

  test('a target that is ill gets no requests, also from clients that stick to it', async () => {
    const sick = await ask('/ill');
    const cookie = stickyCookie(sick.cookies);
    await until('leaving the sick task', async () => (await ask('/', cookie)).answer.pid !== sick.answer.pid);
    platform.kill('echo');
    await platform.untilHealthy();
  });

  test('a task that crashes is replaced and reported with its last lines', async () => {
    const before = platform.processes().filter(({ service }) => service === 'echo').map(({ pid }) => pid);
    reports.length = 0;
    await fetch(`${baseUrl}/crash`).catch(() => undefined);
    await until('the report', () => reports.some((report) => /^echo.* ended by itself: exit code 7; its last lines:\nasked to crash/.test(report)));
    await platform.untilHealthy();
    const after = platform.processes().filter(({ service }) => service === 'echo').map(({ pid }) => pid);
    expect(after.filter((pid) => before.includes(pid))).toHaveLength(1);
    // The load balancer has noticed: no more 502.
    await until('both tasks', async () => new Set(await Promise.all([1, 2, 3, 4].map(async () => (await ask()).answer.pid))).size === 2);
  });

  test('messages are worked on in order; reported failures and killed processes come again', async () => {
    const sqs = new SQSClient({ region: 'us-east-1', endpoint: platform.describe().environment.AWS_ENDPOINT_URL_SQS, credentials });
    const QueueUrl = platform.describe().resources['Test/Queue'].ref;
    for (const [i, MessageBody] of ['one', 'fail', 'die', 'last'].entries()) {
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, MessageGroupId: '0', MessageDeduplicationId: `d${i}` }));
    }
    await until('the last message', () => readFileSync(fixture.results, 'utf8').includes('last'));
    // How many came together is not ours to say; what comes again does so with all that was behind it.
    const bodies = readFileSync(fixture.results, 'utf8').trim().split('\n').map((line) => line.split(' ')[0]);
    expect([...new Set(bodies)]).toEqual(['one', 'fail', 'die', 'last']);
    for (const body of ['fail', 'die']) expect(bodies.filter((each) => each === body).length).toBeGreaterThanOrEqual(2);
    expect(bodies.filter((each) => each === 'last')).toHaveLength(1);
    sqs.destroy();
  });

  test('the Lambda API invokes functions and says how they failed', async () => {
    const lambda = new LambdaClient({ region: 'us-east-1', endpoint: platform.describe().controlUrl, credentials });
    const FunctionName = platform.describe().functions.worker;
    const invoke = async (payload: object): Promise<{ error?: string; value: Record<string, unknown> }> => {
      const answer = await lambda.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(payload) }));
      return { error: answer.FunctionError, value: JSON.parse(Buffer.from(answer.Payload!).toString()) as Record<string, unknown> };
    };
    expect(await invoke({ a: 1 })).toEqual({ error: undefined, value: { got: { a: 1 }, name: FunctionName, left: true } });
    expect(await invoke({ throw: true })).toMatchObject({ error: 'Unhandled', value: { errorType: 'RangeError', errorMessage: 'as asked' } });
    expect(await invoke({ sleep: 5_000 })).toMatchObject({ error: 'Unhandled', value: { errorType: 'Sandbox.Timedout', errorMessage: 'Task timed out after 2.00 seconds' } });
    // A new process has taken over.
    expect((await invoke({ b: 2 })).value.got).toEqual({ b: 2 });
    await expect(lambda.send(new InvokeCommand({ FunctionName: 'nobody' }))).rejects.toThrow('Function not found: nobody');
    lambda.destroy();
  });

  test('Secrets Manager gives secrets by ARN; what has no stand-in is refused', async () => {
    const { controlUrl, resources } = platform.describe();
    const secrets = new SecretsManagerClient({ region: 'us-east-1', endpoint: controlUrl, credentials });
    const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: resources['Test/Secret'].ref }));
    expect(JSON.parse(SecretString!)).toEqual({ username: 'someone', password: (await ask()).answer.env.PASSWORD });
    await expect(secrets.send(new GetSecretValueCommand({ SecretId: 'nothing' }))).rejects.toThrow('can\'t find');
    secrets.destroy();
    expect((await fetch(controlUrl, { method: 'POST', headers: { 'x-amz-target': 'TrentService.Decrypt' } })).status).toBe(501);
  });

  test('the data folder belongs to one platform', async () => {
    await expect(startPlatform(fixture)).rejects.toThrow(/is in use by a platform that is running/);
    expect((await ask()).status).toBe(200);
  });

  test('what is not here is counted', () => {
    expect(platform.cloudOnly).toEqual({ 'AWS::IAM::Role': 1 });
  });
});

describe('a platform that cannot start', () => {
  const started: Fixture[] = [];
  const fixtureOf = (...args: Parameters<typeof makeFixture>): Fixture => {
    const fixture = makeFixture(...args);
    started.push(fixture);
    return fixture;
  };
  afterAll(() => started.forEach(({ project }) => rmSync(project, { recursive: true, force: true })));

  test('an environment that does not fit the manifest', async () => {
    await expect(startPlatform(fixtureOf({ echo: { MOOD: 'bad', OTHER: 'x' } }))).rejects.toThrow(
      'Test/Service does not fit services/echo/service.json: MOOD is none of good, crash ("bad"); OTHER is not in the manifest; correct the template or the manifest.',
    );
  });

  test('a template value that cannot be resolved', async () => {
    await expect(startPlatform(fixtureOf({ echo: { QUEUE: { 'Fn::Rot13': 'x' } } }))).rejects.toThrow(
      'The template value Test/Task.Properties.ContainerDefinitions.0.Environment[1].Value cannot be resolved: the intrinsic function Fn::Rot13 is not known here.',
    );
    await expect(startPlatform(fixtureOf({ echo: { QUEUE: { Ref: 'Role' } } }))).rejects.toThrow(/Test\/Role is a resource of type AWS::IAM::Role, which has no local meaning/);
  });

  test('a service that ends again and again, with its last lines, and nothing left running', async () => {
    const fixture = fixtureOf({ echo: { MOOD: 'crash' }, desiredCount: 1 });
    const reports: string[] = [];
    await expect(startPlatform({ ...fixture, onReport: (sentence) => reports.push(sentence) })).rejects.toThrow(
      /^echo ended 3 times while it started \(exit code 3\); its last lines:\nno mood to start/,
    );
    const ports = Object.values(JSON.parse(readFileSync(join(fixture.data, 'ports.json'), 'utf8')) as Record<string, number>);
    expect(ports.length).toBeGreaterThan(2);
    for (const port of ports) expect(await isPortFree(port)).toBe(true);
  });

  test('a data folder that is damaged, foreign, or incomplete', async () => {
    const fixture = fixtureOf({ desiredCount: 0 });
    await (await startPlatform(fixture)).stop();
    writeFileSync(join(fixture.data, 'fauxqs', 'fauxqs.db'), 'this is no database, but long enough to have a header '.repeat(100));
    for (const extra of ['fauxqs.db-wal', 'fauxqs.db-shm']) rmSync(join(fixture.data, 'fauxqs', extra), { force: true });
    await expect(startPlatform(fixture)).rejects.toThrow(/cannot use its data in .*fauxqs .*start again with --fresh to empty the data folder\.$/);
    rmSync(join(fixture.data, 'fauxqs'), { recursive: true });
    await expect(startPlatform(fixture)).rejects.toThrow(/fauxqs \(the store is missing while others are kept.*--fresh/);
    await (await startPlatform({ ...fixture, fresh: true })).stop();
    await expect(startPlatform({ ...fixture, data: fixture.project })).rejects.toThrow(/is not a data folder of this platform/);
  });
});

test('data is kept between runs, messages in flight included, and --fresh empties it', async () => {
  const fixture = makeFixture({ desiredCount: 1 });
  const first = await startPlatform(fixture);
  const { environment, resources, controlUrl } = first.describe();
  const secretOf = async (url: string): Promise<string> => {
    const response = await fetch(url, { method: 'POST', headers: { 'x-amz-target': 'secretsmanager.GetSecretValue' }, body: JSON.stringify({ SecretId: resources['Test/Secret'].ref }) });
    return (await response.json() as { SecretString: string }).SecretString;
  };
  const secret = await secretOf(controlUrl);
  // Worked on when everything stops: its process is killed, nobody deletes it.
  const sqs = new SQSClient({ region: 'us-east-1', endpoint: environment.AWS_ENDPOINT_URL_SQS, credentials });
  await first.invoke('worker', { sleep: 1 });
  const busy = first.invoke('worker', { sleep: 1_500 });
  await sqs.send(new SendMessageCommand({ QueueUrl: resources['Test/Queue'].ref, MessageBody: 'kept', MessageGroupId: '0', MessageDeduplicationId: 'k' }));
  sqs.destroy();
  await Promise.all([first.stop(), busy]);

  const second = await startPlatform(fixture);
  await until('the kept message', () => readFileSync(fixture.results, 'utf8').includes('kept'));
  expect(await secretOf(second.describe().controlUrl)).toBe(secret);
  expect(second.describe().baseUrl).toBe(first.describe().baseUrl);
  await second.stop();

  const third = await startPlatform({ ...fixture, fresh: true });
  expect(await secretOf(third.describe().controlUrl)).not.toBe(secret);
  await third.stop();
  rmSync(fixture.project, { recursive: true, force: true });
});

test('when the platform is killed with -9, everything it started ends', async () => {
  const fixture = makeFixture({ desiredCount: 1 });
  const script = `import { startPlatform } from ${JSON.stringify(join(PROJECT_ROOT, 'local', 'platform'))};
    startPlatform(${JSON.stringify(fixture)}).then((platform) => { console.log('up'); setInterval(() => platform, 1000); });`;
  const file = join(fixture.project, 'run.ts');
  writeFileSync(file, script);
  const child = spawn(projectNode(), ['--import', 'tsx', file], { cwd: PROJECT_ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  const commands = (): Promise<string> => new Promise((resolve) => execFile('ps', ['-eo', 'stat=,args='], (_, stdout) => resolve(
    stdout.split('\n').filter((line) => line.includes(fixture.project) && !line.startsWith('Z')).join('\n'),
  )));
  expect(await commands()).toContain('fauxqs');
  const { processes } = JSON.parse(readFileSync(join(fixture.data, 'platform.json'), 'utf8')) as { processes: { port?: number }[] };
  child.kill('SIGKILL');
  await until('the end of all', async () => (await commands()) === '');
  for (const { port } of processes) if (port) await until('a free port', () => isPortFree(port));
  rmSync(fixture.project, { recursive: true, force: true });
});
