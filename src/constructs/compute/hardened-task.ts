import { Duration, RemovalPolicy, Size } from 'aws-cdk-lib';
import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { assetDirectory } from '../../private/assets';
import { retentionDays } from '../../private/retention';
import type { ServiceRendering } from '../../private/service-rendering';

/** What a task may vary in. */
export interface HardenedTaskOptions {
  readonly cpu?: number;
  readonly memory?: Size;
  readonly cpuArchitecture?: ecs.CpuArchitecture;
  readonly stopTimeout?: Duration;
  readonly logRetention?: Duration;
}

/** Any user but root; the images run as it too. */
const USER = '10001:10001';

/**
 * Task definition of a container service. Not exported from the package: `TradingService` shows its parts.
 */
export class HardenedTask extends Construct {
  public readonly taskDefinition: ecs.FargateTaskDefinition;
  public readonly container: ecs.ContainerDefinition;
  public readonly taskRole: iam.Role;
  public readonly logGroup: logs.LogGroup;
  public readonly port: number;
  public readonly healthPath: string;

  public constructor(scope: Construct, id: string, rendering: ServiceRendering, options: HardenedTaskOptions) {
    super(scope, id);
    const { manifest } = rendering;
    const architecture = options.cpuArchitecture ?? ecs.CpuArchitecture.ARM64;
    this.port = manifest.port ?? 8080;
    this.healthPath = manifest.healthPath ?? '/health';
    this.taskRole = new iam.Role(this, 'Role', {
      description: `Code of the service ${manifest.serviceName}`,
      assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com'),
    });
    for (const statement of rendering.statements) this.taskRole.addToPolicy(new iam.PolicyStatement(statement));
    this.logGroup = new logs.LogGroup(this, 'Logs', {
      retention: retentionDays(options.logRetention ?? Duration.days(90), 'logRetention'),
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.taskDefinition = new ecs.FargateTaskDefinition(this, 'Resource', {
      cpu: options.cpu ?? 512,
      memoryLimitMiB: (options.memory ?? Size.mebibytes(1024)).toMebibytes(),
      runtimePlatform: { cpuArchitecture: architecture, operatingSystemFamily: ecs.OperatingSystemFamily.LINUX },
      taskRole: this.taskRole,
    });
    const linuxParameters = new ecs.LinuxParameters(this, 'Linux', { initProcessEnabled: true });
    linuxParameters.dropCapabilities(ecs.Capability.ALL);
    this.container = this.taskDefinition.addContainer('Main', {
      containerName: manifest.serviceName,
      image: ecs.ContainerImage.fromAsset(assetDirectory(manifest.serviceName), {
        platform: architecture === ecs.CpuArchitecture.ARM64 ? Platform.LINUX_ARM64 : Platform.LINUX_AMD64,
      }),
      essential: true,
      environment: { ...rendering.environment },
      secrets: this.injected(rendering.secrets),
      portMappings: [{ containerPort: this.port, protocol: ecs.Protocol.TCP }],
      user: USER,
      readonlyRootFilesystem: true,
      privileged: false,
      linuxParameters,
      stopTimeout: options.stopTimeout ?? Duration.seconds(60),
      healthCheck: {
        command: ['CMD', 'node', '-e', `fetch('http://127.0.0.1:${this.port}${this.healthPath}').then((r)=>process.exit(r.ok?0:1),()=>process.exit(1))`],
        interval: Duration.seconds(10),
        timeout: Duration.seconds(5),
        retries: 3,
        // A matcher may have days of the journal to read before it is healthy; five minutes is what ECS allows.
        startPeriod: Duration.minutes(5),
      },
      // Logs that cannot be delivered are dropped rather than stopping the service.
      logging: ecs.LogDrivers.awsLogs({ logGroup: this.logGroup, streamPrefix: manifest.serviceName, mode: ecs.AwsLogDriverMode.NON_BLOCKING }),
    });
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
