import { runTaskOnce } from './ecs';
import type { Context, Provided, Provider } from './provider';
import type { Resource } from '../assembly/model';
import { physicalName } from '../runtime/names';
import { LOCAL_ACCOUNT } from '../servers/emulator';
import { LocalError } from '../servers/errors';

interface Target {
  readonly Arn: string;
  readonly Input?: string;
  readonly EcsParameters?: { readonly TaskDefinitionArn: string };
}

/** EventBridge: schedules, and rules with one, that call functions or run tasks. Rules that wait for events of AWS have no local meaning. */
export const scheduler: Provider = {
  service: 'Scheduler',
  types: ['AWS::Scheduler::Schedule', 'AWS::Scheduler::ScheduleGroup', 'AWS::Events::Rule'],
  accepts: async (resource, context) => {
    if (resource.type === 'AWS::Events::Rule') return await context.property(resource, 'ScheduleExpression') !== undefined;
    // Operations of AWS, such as the export of a table, have nobody here who carries them out.
    // Looked for in the template's text: to compute the target would start what it names, before the servers that it needs are there.
    return resource.type.endsWith('Group') || !JSON.stringify(resource.properties.Target ?? '').includes(':aws-sdk:');
  },
  up: async (resource, context) => {
    const name = physicalName(resource, await context.property(resource, 'Name'), { max: 64 });
    const arn = `arn:aws:scheduler:${context.region}:${LOCAL_ACCOUNT}:schedule/default/${name}`;
    if (resource.type.endsWith('Group')) return { ref: name, attributes: { Arn: arn } };
    return schedule(resource, context, name, arn);
  },
};

async function schedule(resource: Resource, context: Context, name: string, arn: string): Promise<Provided> {
  const expression = String(await context.property(resource, 'ScheduleExpression'));
  const zone = String(await context.property(resource, 'ScheduleExpressionTimezone') ?? 'UTC');
  const enabled = await context.property(resource, 'State') !== 'DISABLED';
  const targets = resource.type === 'AWS::Events::Rule'
    ? await context.property(resource, 'Targets') as unknown as Target[] | undefined ?? []
    : [await targetOf(resource, context)];
  context.schedules.add(resource.path, expression, zone, enabled, async () => {
    for (const target of targets) await run(target, resource, context);
  });
  return { ref: name, attributes: { Arn: arn }, note: `${expression} ${zone}${enabled ? '' : ', disabled'}` };
}

/** What a schedule calls. Read in parts: the role that it calls with has no local meaning. */
async function targetOf(resource: Resource, context: Context): Promise<Target> {
  const [Arn, Input, TaskDefinitionArn] = await Promise.all(
    ['Arn', 'Input', 'EcsParameters.TaskDefinitionArn'].map((name) => context.property(resource, `Target.${name}`)));
  return {
    Arn: String(Arn),
    ...(Input === undefined ? {} : { Input: String(Input) }),
    ...(TaskDefinitionArn === undefined ? {} : { EcsParameters: { TaskDefinitionArn: String(TaskDefinitionArn) } }),
  };
}

async function run(target: Target, resource: Resource, context: Context): Promise<void> {
  const event = target.Input === undefined
    ? { 'source': 'aws.scheduler', 'detail-type': 'Scheduled Event', 'time': new Date().toISOString(), 'resources': [resource.path], 'detail': {} }
    : JSON.parse(target.Input) as unknown;
  if (target.EcsParameters) {
    const code = await runTaskOnce(context, target.EcsParameters.TaskDefinitionArn, resource.path);
    if (code !== 0) context.report(`The task of ${resource.path} ended with ${code}; its log is in the logs folder.`);
    return;
  }
  const fn = context.functions.get(target.Arn);
  if (!fn) throw new LocalError(`${resource.path} calls ${target.Arn}, which does not run here.`);
  const outcome = await fn.invoke(event);
  if ('error' in outcome) context.report(`${fn.spec.service}, called by ${resource.path}, failed: ${outcome.error.errorMessage}`);
}
