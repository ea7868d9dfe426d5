import { randomUUID } from 'node:crypto';
import { FisClient, GetExperimentCommand, GetExperimentTemplateCommand, ListExperimentResolvedTargetsCommand, StartExperimentCommand, StopExperimentCommand } from '@aws-sdk/client-fis';
import { wait } from './aurora';
import type { AwsSettings } from './settings';
import { DrillError, type Fault } from '../drill/fault';

const OVER = new Set(['completed', 'stopped', 'failed', 'cancelled']);
const MINUTE = 60_000;

/** Runs an experiment of AWS Fault Injection Service, such as that of `ZonePowerDrill`. It ends by itself, at an alarm, or with the drill. */
export function zonePower(settings: AwsSettings, templateId: string, pollMs = 5_000): Fault {
  const client = new FisClient(settings);
  let id: string | undefined;
  let resolved = false;
  const experiment = async () => (await client.send(new GetExperimentCommand({ id }))).experiment?.state;
  return {
    name: 'zone-power',
    what: 'a zone loses its power',
    completeLimitMs: 75 * MINUTE,
    restoreLimitMs: 45 * MINUTE,
    check: async () => {
      const { experimentTemplate } = await client.send(new GetExperimentTemplateCommand({ id: templateId }));
      if (!(experimentTemplate?.stopConditions ?? []).some(({ source }) => source === 'aws:cloudwatch:alarm')) {
        throw new DrillError(`${templateId} has no alarm that ends it: a drill that hurts users must stop by itself`);
      }
      if (experimentTemplate?.experimentOptions?.emptyTargetResolutionMode !== 'fail') throw new DrillError(`${templateId} skips targets that it does not find, and would prove nothing`);
    },
    inject: async () => {
      id = (await client.send(new StartExperimentCommand({ experimentTemplateId: templateId, clientToken: randomUUID() }))).experiment?.id;
      if (id === undefined) throw new DrillError(`the experiment of ${templateId} got no id; look for it in the console`);
    },
    complete: async () => {
      const state = await experiment();
      if (state?.status === 'running' && !resolved) {
        const { resolvedTargets = [] } = await client.send(new ListExperimentResolvedTargetsCommand({ experimentId: id }));
        if (resolvedTargets.length === 0) throw new DrillError(`experiment ${id} found nothing to strike`);
        resolved = true;
      }
      if (state?.status === 'completed') return true;
      if (OVER.has(state?.status ?? '')) throw new DrillError(`experiment ${id} ${state?.status}: ${state?.reason ?? 'no reason given'}`);
      return false;
    },
    restore: async () => {
      if (id === undefined) return;
      if (!OVER.has((await experiment())?.status ?? '')) await client.send(new StopExperimentCommand({ id }));
      await wait(async () => OVER.has((await experiment())?.status ?? ''), pollMs);
    },
    state: async () => (id === undefined ? 'no experiment was started' : `experiment ${id} is ${(await experiment())?.status}`),
  };
}
