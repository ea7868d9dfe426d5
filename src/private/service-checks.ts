import { Duration, Size, Stack, Token } from 'aws-cdk-lib';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import type { Construct } from 'constructs';
import { checkFargateSize } from './fargate-sizes';
import type { Faults } from './faults';
import type { ServiceManifest, ServiceRendering } from './service-rendering';
import { checkSingleWriter } from './single-writers';
import type { CollectorOptions } from '../constructs/compute/collector-sidecar';
import type { ServiceCapacity } from '../constructs/compute/service-capacity';

/** What decides whether a task can run where it is put. */
export interface TaskChoice {
  readonly capacity: ServiceCapacity;
  readonly cpu?: number;
  readonly memory?: Size;
  readonly cpuArchitecture?: ecs.CpuArchitecture;
  readonly stopTimeout?: Duration;
  readonly collector?: CollectorOptions;
  readonly deploymentController?: ecs.DeploymentControllerType;
}

/** A side-car that reads where the service shows nothing would find nothing, and say so only in its own log. */
export function checkMetricsPort(faults: Faults, { manifest, environment }: ServiceRendering, collector: CollectorOptions | undefined): void {
  const shown = environment[manifest.metricsAddress ?? ''];
  const read = collector?.prometheusPort;
  if (shown === undefined || read === undefined || Token.isUnresolved(shown) || Token.isUnresolved(read)) return;
  faults.check(shown.endsWith(`:${read}`), `\`collector.prometheusPort\` must be the port of '${shown}', where the service shows its metrics, got: ${read}`);
}

/** Adds what ECS would refuse at the deployment, and what contradicts itself. */
export function checkTask(faults: Faults, manifest: ServiceManifest, choice: TaskChoice): void {
  const { capacity, collector, stopTimeout, deploymentController } = choice;
  const memoryMiB = (choice.memory ?? Size.mebibytes(1024)).toMebibytes();
  checkSingleWriter(faults, manifest, capacity.isInterruptible, 'capacity');
  if (!capacity.isEc2) checkFargateSize(faults, choice.cpu ?? 512, memoryMiB);
  faults.check(capacity.cpuArchitecture === undefined || choice.cpuArchitecture === undefined || choice.cpuArchitecture === capacity.cpuArchitecture,
    '`cpuArchitecture` must be that of the instances of `capacity`; leave it out');
  faults.check(stopTimeout === undefined || stopTimeout.isUnresolved() || stopTimeout.toSeconds() <= 120, `\`stopTimeout\` must be at most two minutes, got: ${stopTimeout?.toHumanString()}`);
  if (collector !== undefined) {
    const needed = collector.memoryMiB ?? 256;
    faults.check(Token.isUnresolved(needed) || needed < memoryMiB, `\`collector.memoryMiB\` must leave memory of the task's ${memoryMiB} MiB to the service, got: ${needed}`);
    faults.check(collector.image !== undefined || manifest.internetEgress,
      `\`collector.image\` must be given for '${manifest.serviceName}', which has no internet egress and so cannot pull from public.ecr.aws; put the image into a repository of your own`);
  }
  const { CODE_DEPLOY, EXTERNAL } = ecs.DeploymentControllerType;
  faults.check(deploymentController !== EXTERNAL, '`deploymentController` must be ECS or CODE_DEPLOY, got: EXTERNAL, which leaves task sets to a tool that this package does not know');
  faults.check(deploymentController !== CODE_DEPLOY || !capacity.isEc2, '`deploymentController` CODE_DEPLOY needs Fargate capacity here; use the native strategies of ProgressiveDelivery on EC2 instances');
  faults.check(deploymentController !== CODE_DEPLOY || manifest.serviceName !== 'reference-matcher',
    '`deploymentController` CODE_DEPLOY would run two matchers of one partition beside each other; use MatchingService');
}

/** CodeDeploy does not know Service Connect; it may be turned on after the service was made, so this looks at the end. */
export function checkServiceConnect(scope: Construct, service: ecs.BaseService): void {
  scope.node.addValidation({
    validate: () => (Stack.of(scope).resolve((service.node.findChild('Service') as ecs.CfnService).serviceConnectConfiguration) === undefined ? []
      : ['Service Connect works with the deployment controller ECS only; turn it off, or leave `deploymentController` out and use ProgressiveDelivery']),
  });
}
