import {
  DescribeServicesCommand, DescribeTasksCommand, ECSClient, paginateListTasks, type Service, StopTaskCommand, type Task,
} from '@aws-sdk/client-ecs';
import { wait } from './aurora';
import type { AwsSettings } from './settings';
import { DrillError, type Fault } from '../drill/fault';

/** Most services and tasks that ECS describes at once. */
const SERVICES_AT_ONCE = 10;
const TASKS_AT_ONCE = 100;

/** Stops every task of some services in one zone, as the loss of the zone would. ECS starts them elsewhere, or there again. */
export function zoneTasks(settings: AwsSettings, serviceArns: readonly string[], zone: string, pollMs = 2_000): Fault {
  const client = new ECSClient(settings);
  const stopped: { cluster: string; arn: string }[] = [];
  const services = () => describeServices(client, serviceArns);
  const stable = async (): Promise<boolean> => (await services()).every(({ runningCount, desiredCount, deployments = [] }) => (
    runningCount === desiredCount && deployments.length === 1));
  return {
    name: 'zone-tasks',
    what: `every task in ${zone} stops`,
    check: async () => {
      if (!await stable()) throw new DrillError(`the services are not stable: ${await stateOf(await services())}`);
      const tasks = await tasksOf(client, serviceArns);
      if (!tasks.some((task) => task.availabilityZone === zone)) {
        throw new DrillError(`nothing runs in ${zone}, so that stopping it proves nothing; tasks run in ${[...new Set(tasks.map((task) => task.availabilityZone))].sort().join(', ') || 'no zone'}`);
      }
      for (const { serviceName, serviceArn, desiredCount = 0 } of await services()) {
        const own = tasks.filter((task) => serviceOf(task) === serviceNameOf(serviceArn!));
        if (desiredCount > 1 && own.every((task) => task.availabilityZone === zone)) throw new DrillError(`every task of ${serviceName} runs in ${zone}: the topology is at fault already`);
      }
    },
    inject: async () => {
      const doomed = (await tasksOf(client, serviceArns)).filter((task) => task.availabilityZone === zone);
      // Noted before it is done: what fails halfway is restored as well.
      stopped.push(...doomed.map(({ clusterArn, taskArn }) => ({ cluster: clusterArn!, arn: taskArn! })));
      await Promise.all(stopped.map(({ cluster, arn }) => client.send(new StopTaskCommand({ cluster, task: arn, reason: `drill: loss of ${zone}` }))));
    },
    complete: async () => {
      const running = new Set((await tasksOf(client, serviceArns)).map(({ taskArn }) => taskArn));
      return stopped.every(({ arn }) => !running.has(arn));
    },
    restore: () => wait(stable, pollMs),
    state: async () => stateOf(await services()),
  };
}

async function describeServices(client: ECSClient, arns: readonly string[]): Promise<Service[]> {
  const found: Service[] = [];
  for (const cluster of new Set(arns.map(clusterNameOf))) {
    const own = arns.filter((arn) => clusterNameOf(arn) === cluster);
    for (let i = 0; i < own.length; i += SERVICES_AT_ONCE) {
      const command = new DescribeServicesCommand({ cluster, services: own.slice(i, i + SERVICES_AT_ONCE) });
      const { services = [], failures = [] } = await client.send(command);
      if (failures.length > 0) throw new DrillError(`${failures[0].arn} cannot be described: ${failures[0].reason}`);
      found.push(...services);
    }
  }
  return found;
}

/** The tasks of the services that run, or are about to. */
async function tasksOf(client: ECSClient, serviceArns: readonly string[]): Promise<Task[]> {
  const found: Task[] = [];
  for (const arn of serviceArns) {
    const cluster = clusterNameOf(arn);
    const arns: string[] = [];
    for await (const page of paginateListTasks({ client }, { cluster, serviceName: serviceNameOf(arn), desiredStatus: 'RUNNING' })) arns.push(...page.taskArns ?? []);
    for (let i = 0; i < arns.length; i += TASKS_AT_ONCE) {
      found.push(...(await client.send(new DescribeTasksCommand({ cluster, tasks: arns.slice(i, i + TASKS_AT_ONCE) }))).tasks ?? []);
    }
  }
  return found;
}

/** `arn:aws:ecs:<region>:<account>:service/<cluster>/<service>` */
function clusterNameOf(arn: string): string {
  const parts = arn.split('/');
  if (parts.length !== 3) throw new DrillError(`${arn} is not the ARN of a service with its cluster`);
  return parts[1];
}

function serviceNameOf(arn: string): string {
  return arn.split('/')[2];
}

function serviceOf({ group = '' }: Task): string {
  return group.replace(/^service:/, '');
}

function stateOf(services: readonly Service[]): Promise<string> {
  return Promise.resolve(services.map(({ serviceName, runningCount, desiredCount, deployments = [] }) => `${serviceName} runs ${runningCount} of ${desiredCount} tasks (${deployments.length} deployments)`).join(', '));
}
