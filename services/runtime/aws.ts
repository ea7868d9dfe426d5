import { Agent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { NodeHttpHandler } from '@smithy/node-http-handler';

/** What every AWS client of a service is created with. */
export interface AwsClientSettings {
  readonly maxAttempts: number;
  readonly requestHandler: NodeHttpHandler;
}

/**
 * Timeouts on every call, kept connections, HTTP/1.1 (the only protocol that every endpoint offers for request and response
 * operations; the Kinesis client would choose HTTP/2 otherwise).
 *
 * @param requestTimeoutMs longest wait for an answer; above the wait time for a long poll
 */
export function awsClientSettings(requestTimeoutMs = 5_000, maxAttempts = 3, maxSockets = 50): AwsClientSettings {
  return {
    maxAttempts,
    requestHandler: new NodeHttpHandler({
      connectionTimeout: 2_000,
      requestTimeout: requestTimeoutMs,
      throwOnRequestTimeout: true,
      httpAgent: new Agent({ keepAlive: true, maxSockets }),
      httpsAgent: new HttpsAgent({ keepAlive: true, maxSockets }),
    }),
  };
}
