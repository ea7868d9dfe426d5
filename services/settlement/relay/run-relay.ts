import { parseArgs } from 'node:util';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { awsClientSettings, ConfigurationError } from '../../runtime';
import type { RelayResult } from '../transfer-relay';

export const HELP = `Sends transfers between partitions once more, from what the ledger says has left a partition: for when the settlement
queue was lost, or an arrival was refused and its reason is gone. An arrival that is there already is taken no second time.

  --function <name>      settlement function of the system
  --partition <n>        partition that the funds left, default 0
  --after <sequence>     only what left behind this event, default everything
  --transfer <id>        one transfer alone

In AWS by the region and identity of the environment; of a system on this machine with AWS_ENDPOINT_URL_LAMBDA.`;

export interface RelayFlags {
  readonly functionName: string;
  readonly relay: { readonly partition: number; readonly after?: number; readonly transferId?: string };
}

/** @returns undefined when help is asked for @throws ConfigurationError that names everything that is missing or wrong */
export function readRelayFlags(args: readonly string[]): RelayFlags | undefined {
  const text = { type: 'string' } as const;
  const faults: string[] = [];
  const options = { function: text, partition: { ...text, default: '0' }, after: text, transfer: text, help: { type: 'boolean', default: false } } as const;
  const { values } = parseArgs({ args: [...args], options });
  if (values.help) return undefined;
  if (!values.function) faults.push('--function is missing');
  const whole = (name: 'partition' | 'after', value: string, most: number): number => {
    if (!/^\d{1,16}$/.test(value) || Number(value) > most) faults.push(`--${name} must be a whole number from 0 to ${most}, got ${JSON.stringify(value)}`);
    return Number(value);
  };
  const { after, transfer } = values;
  if (transfer !== undefined && !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(transfer)) faults.push(`--transfer must be a UUID, got ${JSON.stringify(transfer)}`);
  const flags = {
    functionName: values.function ?? '',
    relay: {
      partition: whole('partition', values.partition, 0xffff),
      ...(after === undefined ? {} : { after: whole('after', after, Number.MAX_SAFE_INTEGER) }),
      ...(transfer === undefined ? {} : { transferId: transfer }),
    },
  };
  if (faults.length > 0) throw new ConfigurationError(`relay cannot start: ${faults.join('; ')}; --help says more`);
  return flags;
}

/**
 * Calls settlement until all of it is sent: one call has time for a part only, and says where it stopped.
 *
 * @returns how many transfers were sent
 * @throws Error with what settlement says
 */
export async function runRelay({ functionName, relay }: RelayFlags, say: (line: string) => void): Promise<number> {
  // Settlement takes as long as it has; a repetition by the client would only double its work.
  const client = new LambdaClient(awsClientSettings(900_000, 1));
  let relayed = 0;
  try {
    for (let after = relay.after; ;) {
      const payload = { relay: { ...relay, ...(after === undefined ? {} : { after }) } };
      const { Payload, FunctionError } = await client.send(new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify(payload) }));
      const answer = Payload?.transformToString() ?? '';
      if (FunctionError !== undefined) throw new Error(`settlement stopped${after === undefined ? '' : ` behind event ${after}`}: ${answer}`);
      const result = JSON.parse(answer) as RelayResult;
      relayed += result.relayed;
      if (result.next === undefined) return relayed;
      say(`${relayed} transfers so far, up to event ${result.next}`);
      after = result.next;
    }
  } finally {
    client.destroy();
  }
}
