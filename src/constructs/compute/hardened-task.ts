import { Duration, Size } from 'aws-cdk-lib';
import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { CollectorOptions } from './collector-sidecar';
import { ServiceProtocol } from './load-balanced-service';
import { assetDirectory } from '../../private/assets';
import { encryptedLogs, logKey } from '../../private/encrypted-logs';
import type { ServiceRendering } from '../../private/service-rendering';
import { CollectorConfiguration } from '../observability/collector-configuration';

/** What a task may vary in. */
export interface HardenedTaskOptions {
  readonly cpu?: number;
  readonly memory?: Size;
  readonly cpuArchitecture?: ecs.CpuArchitecture;
  readonly stopTimeout?: Duration;
  readonly logRetention?: Duration;
  readonly encryptionKey?: kms.IKey;
  readonly protocol?: ServiceProtocol;
  readonly collector?: CollectorOptions;
  /** Whether it runs on instances rather than on Fargate. */
  readonly isEc2?: boolean;
}

/** Any user but root; the images run as it too. */
const USER = '10001:10001';

/** The collector where nothing else is said. A tag, because a digest must be read from the registry that it is pulled from. */
const COLLECTOR_IMAGE = 'public.ecr.aws/aws-observability/aws-otel-collector:v0.45.0';

/**
 * Task definition of a container service. Not exported from the package: `TradingService` shows its parts.
 */
export class HardenedTask extends Construct {
  public readonly taskDefinition: ecs.TaskDefinition;
  public readonly container: ecs.ContainerDefinition;
  public readonly collector?: ecs.ContainerDefinition;
  public readonly metricsLogGroup?: logs.LogGroup;
  public readonly taskRole: iam.Role;
  public readonly logGroup: logs.LogGroup;
  public readonly port: number;
  public readonly healthPath: string;

  public constructor(scope: Construct, id: string, rendering: ServiceRendering, options: HardenedTaskOptions) {
    super(scope, id);
    const { manifest } = rendering;
    const architecture = options.cpuArchitecture ?? ecs.CpuArchitecture.ARM64;
    const memoryMiB = (options.memory ?? Size.mebibytes(1024)).toMebibytes();
    this.port = manifest.port ?? 8080;
    this.healthPath = manifest.healthPath ?? '/health';
    this.taskRole = new iam.Role(this, 'Role', {
      description: `Code of the service ${manifest.serviceName}`,
      assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com'),
    });
    for (const statement of rendering.statements) this.taskRole.addToPolicy(new iam.PolicyStatement(statement));
    const encryptionKey = logKey(this, 'LogsKey', options.encryptionKey);
    this.logGroup = encryptedLogs(this, 'Logs', { retention: options.logRetention, encryptionKey });
    this.taskDefinition = this.createDefinition(options, architecture, memoryMiB);
    const collectorMiB = options.collector === undefined ? 0 : options.collector.memoryMiB ?? 256;
    this.container = this.taskDefinition.addContainer('Main', {
      containerName: manifest.serviceName,
      image: ecs.ContainerImage.fromAsset(assetDirectory(manifest.serviceName), {
        platform: architecture === ecs.CpuArchitecture.ARM64 ? Platform.LINUX_ARM64 : Platform.LINUX_AMD64,
      }),
      essential: true,
      // Instances have room for other tasks beside this one, so its own limit must be said.
      ...(options.isEc2 === true ? { memoryLimitMiB: memoryMiB - collectorMiB } : {}),
      environment: { ...rendering.environment },
      secrets: this.injected(rendering.secrets),
      portMappings: [{ containerPort: this.port, protocol: ecs.Protocol.TCP }],
      ...this.hardening('Linux'),
      stopTimeout: options.stopTimeout ?? Duration.seconds(60),
      healthCheck: {
        command: ['CMD', 'node', '-e', healthScript(options.protocol ?? ServiceProtocol.HTTP, this.port, this.healthPath)],
        interval: Duration.seconds(10),
        timeout: Duration.seconds(5),
        retries: 3,
        // A matcher may have days of the journal to read before it is healthy; five minutes is what ECS allows.
        startPeriod: Duration.minutes(5),
      },
      logging: this.logging(manifest.serviceName),
    });
    if (options.collector !== undefined) {
      [this.collector, this.metricsLogGroup] = this.addCollector(options.collector, rendering, { ...options, encryptionKey });
    }
  }

  private createDefinition(options: HardenedTaskOptions, cpuArchitecture: ecs.CpuArchitecture, memoryMiB: number): ecs.TaskDefinition {
    const cpu = options.cpu ?? 512;
    const { taskRole } = this;
    if (options.isEc2 === true) {
      return new ecs.TaskDefinition(this, 'Resource', {
        compatibility: ecs.Compatibility.EC2, networkMode: ecs.NetworkMode.AWS_VPC, cpu: String(cpu), memoryMiB: String(memoryMiB), taskRole,
      });
    }
    return new ecs.FargateTaskDefinition(this, 'Resource', {
      cpu,
      memoryLimitMiB: memoryMiB,
      runtimePlatform: { cpuArchitecture, operatingSystemFamily: ecs.OperatingSystemFamily.LINUX },
      taskRole,
    });
  }

  /** Outlived by the service: when it fails, metrics and traces are lost and nothing else. */
  private addCollector(
    collector: CollectorOptions, { manifest, environment }: ServiceRendering, options: HardenedTaskOptions,
  ): [ecs.ContainerDefinition, logs.LogGroup] {
    const metricsLogGroup = encryptedLogs(this, 'Metrics', { retention: options.logRetention, encryptionKey: options.encryptionKey });
    const configuration = new CollectorConfiguration(this, { ...collector, metricsLogGroup });
    for (const statement of configuration.policyStatements()) this.taskRole.addToPolicy(statement);
    // A service that was given another collector keeps it.
    const { collector: endpoint } = manifest;
    if (endpoint !== undefined && environment[endpoint] === undefined) this.container.addEnvironment(endpoint, configuration.otlpHttpEndpoint);
    const container = this.taskDefinition.addContainer('Collector', {
      containerName: 'collector',
      image: collector.image ?? ecs.ContainerImage.fromRegistry(COLLECTOR_IMAGE),
      essential: false,
      memoryLimitMiB: configuration.memoryMiB,
      environment: configuration.environment(),
      ...this.hardening('CollectorLinux'),
      healthCheck: {
        command: configuration.healthCheckCommand,
        interval: Duration.seconds(10),
        timeout: Duration.seconds(5),
        retries: 3,
        startPeriod: Duration.seconds(30),
      },
      logging: this.logging('collector'),
    });
    return [container, metricsLogGroup];
  }

  private hardening(id: string) {
    const linuxParameters = new ecs.LinuxParameters(this, id, { initProcessEnabled: true });
    linuxParameters.dropCapabilities(ecs.Capability.ALL);
    return { user: USER, readonlyRootFilesystem: true, privileged: false, linuxParameters };
  }

  /** Logs that cannot be delivered are dropped rather than stopping the service. */
  private logging(streamPrefix: string): ecs.LogDriver {
    return ecs.LogDrivers.awsLogs({ logGroup: this.logGroup, streamPrefix, mode: ecs.AwsLogDriverMode.NON_BLOCKING });
  }

  /** The secrets as ECS injects them; the execution role may read them and use their key through Secrets Manager. */
  private injected(secrets: Record<string, secretsmanager.ISecret>): Record<string, ecs.Secret> {
    return Object.fromEntries(Object.entries(secrets).map(([name, secret]) => {
      if (secret.encryptionKey !== undefined) {
        this.taskDefinition.obtainExecutionRole().addToPrincipalPolicy(new iam.PolicyStatement({
          actions: ['kms:Decrypt'],
          resources: [secret.encryptionKey.keyArn],
          conditions: { StringEquals: { 'kms:ViaService': `secretsmanager.${secret.env.region}.amazonaws.com` } },
        }));
      }
      // By its ARN, without its key: a grant would write this role into the key's policy, and a stack below into the one above.
      return [name, ecs.Secret.fromSecretsManager(secretsmanager.Secret.fromSecretCompleteArn(this, `Secret-${name}`, secret.secretArn))];
    }));
  }
}

/** Asks the container's own health path. Over TLS its certificate is not for 127.0.0.1, and the answer never leaves the task. */
function healthScript(protocol: ServiceProtocol, port: number, path: string): string {
  return protocol === ServiceProtocol.HTTP
    ? `fetch('http://127.0.0.1:${port}${path}').then((r)=>process.exit(r.ok?0:1),()=>process.exit(1))`
    : `require('node:https').get({host:'127.0.0.1',port:${port},path:'${path}',rejectUnauthorized:false},(r)=>process.exit(r.statusCode===200?0:1)).on('error',()=>process.exit(1))`;
}
