import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { SignatureV4 } from '@smithy/signature-v4';
import { wait } from './aurora';
import type { AwsSettings } from './settings';
import { DrillError, type Fault } from '../drill/fault';

interface ManagedResource {
  /** By zone id: 1 takes part, 0 is shifted away from. */
  readonly appliedWeights?: Readonly<Record<string, number>>;
  readonly zonalShifts?: readonly { readonly zonalShiftId: string; readonly awayFrom: string; readonly appliedStatus?: string }[];
}

/** Ends by itself after this, also when whoever started it is gone. AWS takes whole minutes or hours. */
const EXPIRES_IN = '30m';

/** SHA-256 in the shape that the signer wants. */
class Sha256 {
  private readonly hash: Hash | Hmac;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.hash = secret === undefined ? createHash('sha256') : createHmac('sha256', typeof secret === 'string' ? secret : bytesOf(secret));
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.hash.update(typeof data === 'string' ? data : bytesOf(data));
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.hash.digest());
  }

  reset(): void {
    throw new Error('a digest is made once');
  }
}

function bytesOf(data: ArrayBuffer | ArrayBufferView): Uint8Array {
  return data instanceof ArrayBuffer ? new Uint8Array(data) : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/**
 * The three calls of the zonal shift API that a drill needs, signed by the SDK's own signer. The service's client is not in every registry that
 * the project is installed from.
 */
export class ZonalShifts {
  private readonly signer: SignatureV4;
  private readonly base: URL;

  constructor(settings: AwsSettings) {
    this.base = new URL(settings.endpoint ?? `https://arc-zonal-shift.${settings.region}.amazonaws.com`);
    this.signer = new SignatureV4({
      service: 'arc-zonal-shift', region: settings.region, credentials: settings.credentials ?? defaultProvider(), sha256: Sha256,
    });
  }

  managed(arn: string): Promise<ManagedResource> {
    return this.call('GET', `/managedresources/${encodeURIComponent(arn)}`);
  }

  async start(arn: string, awayFrom: string, comment: string): Promise<string> {
    const { zonalShiftId } = await this.call<{ zonalShiftId?: string }>('POST', '/zonalshifts', { resourceIdentifier: arn, awayFrom, expiresIn: EXPIRES_IN, comment });
    if (zonalShiftId === undefined) throw new DrillError('the zonal shift got no id; look for it in the console');
    return zonalShiftId;
  }

  async cancel(id: string): Promise<void> {
    await this.call('DELETE', `/zonalshifts/${encodeURIComponent(id)}`);
  }

  /** @throws DrillError with what the service says */
  private async call<T>(method: string, path: string, body?: object): Promise<T> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = { host: this.base.host, ...(text === undefined ? {} : { 'content-type': 'application/json' }) };
    const signed = await this.signer.sign({
      method, protocol: this.base.protocol, hostname: this.base.hostname, port: this.base.port === '' ? undefined : Number(this.base.port), path, query: {}, headers, body: text,
    });
    const answer = await fetch(new URL(path, this.base), { method, headers: signed.headers, body: text, signal: AbortSignal.timeout(15_000) });
    if (!answer.ok) throw new DrillError(`${method} ${path} was answered with ${answer.status}: ${(await answer.text()).slice(0, 300)}`);
    return await answer.json() as T;
  }
}

/** Moves the traffic of a load balancer out of a zone, and lets it back. Nothing stops there: what is measured is the capacity of the others. */
export function zonalShift(settings: AwsSettings, loadBalancerArn: string, zoneId: string, holdMs: number, pollMs = 2_000): Fault {
  const shifts = new ZonalShifts(settings);
  let id: string | undefined;
  let since = Infinity;
  const weight = async (): Promise<number | undefined> => (await shifts.managed(loadBalancerArn)).appliedWeights?.[zoneId];
  return {
    name: 'zonal-shift',
    what: `traffic leaves ${zoneId}`,
    check: async () => {
      const { appliedWeights = {}, zonalShifts = [] } = await shifts.managed(loadBalancerArn);
      if (appliedWeights[zoneId] === undefined) throw new DrillError(`${loadBalancerArn} does not serve ${zoneId}; it serves ${Object.keys(appliedWeights).join(', ') || 'no zone'}`);
      if (Object.keys(appliedWeights).length < 2) throw new DrillError(`${zoneId} is the only zone: there is nowhere to shift to`);
      if (zonalShifts.length > 0 || Object.values(appliedWeights).some((one) => one !== 1)) throw new DrillError('traffic is shifted already; wait until it is back');
    },
    inject: async () => {
      id = await shifts.start(loadBalancerArn, zoneId, 'drill');
    },
    complete: async () => {
      if (since === Infinity && await weight() === 0) since = Date.now();
      return Date.now() - since >= holdMs;
    },
    restore: async () => {
      if (id === undefined) return;
      if ((await shifts.managed(loadBalancerArn)).zonalShifts?.some(({ zonalShiftId }) => zonalShiftId === id)) await shifts.cancel(id);
      await wait(async () => await weight() === 1, pollMs);
    },
    state: async () => `${loadBalancerArn} has the weight ${await weight()} in ${zoneId}${id === undefined ? '' : ` (shift ${id}, which ends by itself within ${EXPIRES_IN})`}`,
  };
}
