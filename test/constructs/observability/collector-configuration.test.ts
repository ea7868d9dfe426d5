import { Duration } from 'aws-cdk-lib';
import * as logs from 'aws-cdk-lib/aws-logs';
import { CollectorConfiguration, CollectorConfigurationProps } from '../../../src/constructs/observability/collector-configuration';
import { testStack } from '../../support/apps';

function given(props: Partial<CollectorConfigurationProps> = {}) {
  const stack = testStack();
  const metricsLogGroup = logs.LogGroup.fromLogGroupName(stack, 'Metrics', 'metrics');
  const collector = new CollectorConfiguration(stack, { metricsLogGroup, ...props });
  const content = JSON.parse(stack.resolve(collector.environment().AOT_CONFIG_CONTENT)) as Record<string, Record<string, never>>;
  return { stack, collector, content };
}

test('hands traces to X-Ray and metrics to CloudWatch', () => {
  const { content } = given({ prometheusPort: 9464 });
  expect(content.service).toMatchObject({
    pipelines: {
      traces: { receivers: ['otlp'], exporters: ['awsxray'] },
      metrics: { receivers: ['otlp', 'prometheus'], exporters: ['awsemf'] },
    },
  });
  expect(content.exporters).toMatchObject({ awsxray: { region: 'us-east-1' }, awsemf: { log_group_name: 'metrics', namespace: 'Trading' } });
  expect(content.receivers).toMatchObject({
    prometheus: { config: { scrape_configs: [{ scrape_interval: '30s', static_configs: [{ targets: ['127.0.0.1:9464'] }] }] } },
  });
});

test('names every receiver, processor and exporter that a pipeline uses', () => {
  for (const props of [{}, { prometheusPort: 9464 }]) {
    const { content } = given(props);
    const { pipelines } = content.service as unknown as { pipelines: Record<string, Record<'receivers' | 'processors' | 'exporters', string[]>> };
    for (const pipeline of Object.values(pipelines)) {
      for (const kind of ['receivers', 'processors', 'exporters'] as const) {
        for (const name of pipeline[kind]) expect(Object.keys(content[kind])).toContain(name);
      }
    }
  }
});

test('listens to its own task only', () => {
  const endpoints = JSON.stringify(given({ prometheusPort: 9464 }).content).match(/"(endpoint|targets)":\[?"[^"]+/g) ?? [];
  expect(endpoints.length).toBe(4);
  for (const endpoint of endpoints) expect(endpoint).toContain('127.0.0.1:');
});

test('does not ask for Prometheus where the service has none', () => {
  expect(Object.keys(given().content.receivers)).toEqual(['otlp']);
});

test('may send traces and write to its group, nothing else', () => {
  const { stack, collector } = given();
  expect(stack.resolve(collector.policyStatements().map((statement) => statement.toStatementJson()))).toEqual([
    expect.objectContaining({ Action: expect.arrayContaining(['xray:PutTraceSegments']), Resource: '*' }),
    expect.objectContaining({ Action: ['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'], Resource: expect.objectContaining({ 'Fn::Join': expect.anything() }) }),
  ]);
});

test('fails with everything that is wrong at once', () => {
  expect(() => given({ prometheusPort: 0, scrapeInterval: Duration.seconds(1), memoryMiB: 64, metricNamespace: 'AWS/ECS' }))
    .toThrow(/`prometheusPort` must be a port.*`scrapeInterval`.*got: 1 second.*`memoryMiB`.*got: 64..`metricNamespace`.*AWS\/ECS/);
});

test('takes traces over HTTP and gRPC where it says so', () => {
  const { content, collector } = given();
  expect(content.receivers).toMatchObject({ otlp: { protocols: { grpc: { endpoint: '127.0.0.1:4317' }, http: { endpoint: '127.0.0.1:4318' } } } });
  expect([collector.otlpEndpoint, collector.otlpHttpEndpoint]).toEqual(['http://127.0.0.1:4317', 'http://127.0.0.1:4318']);
});

test.each([4317, 4318, 13133])('fails for %i, a port of the collector', (prometheusPort) => {
  expect(() => given({ prometheusPort })).toThrow(/must not be a port of the collector itself/);
});
