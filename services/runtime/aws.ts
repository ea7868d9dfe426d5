import { Agent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { Readable } from 'node:stream';
import { NodeHttp2Handler, NodeHttpHandler } from '@smithy/node-http-handler';
import { DeadlineError } from './transient';

/** What every AWS client of a service is created with. */
export interface AwsClientSettings {
  readonly maxAttempts: number;
  /** Full jitter, and a budget of the client: 500 tokens, of which a retry takes 14 (one that was throttled 5) and a success gives back 1. */
  readonly retryMode: 'standard';
  readonly requestHandler: NodeHttpHandler;
}

/** Ends an answer that takes too long to arrive: the handler's own limit is over with the first byte. */
class BoundedHttpHandler extends NodeHttpHandler {
  constructor(private readonly answerMs: number, options: ConstructorParameters<typeof NodeHttpHandler>[0]) {
    super(options);
  }

  override async handle(...args: Parameters<NodeHttpHandler['handle']>): ReturnType<NodeHttpHandler['handle']> {
    const result = await super.handle(...args);
    const body: unknown = result.response.body;
    if (body instanceof Readable) {
      // Its name makes the client try again, as it does when no answer comes at all.
      const timer = setTimeout(() => body.destroy(new DeadlineError('the rest of an answer of AWS', this.answerMs)), this.answerMs).unref();
      body.once('close', () => clearTimeout(timer));
    }
    return result;
  }
}

/**
 * Timeouts on every call, kept connections, HTTP/1.1 (the only protocol that every endpoint offers for request and response
 * operations; the Kinesis client would choose HTTP/2 otherwise). An attempt ends after at most 2 s for the connection, `requestTimeoutMs` until the
 * answer begins and as long again until it is complete.
 *
 * @param requestTimeoutMs longest wait for an answer; above the wait time for a long poll
 * @param maxAttempts 1 where a repetition is not harmless, or where the caller repeats by itself
 */
export function awsClientSettings(requestTimeoutMs = 5_000, maxAttempts = 3, maxSockets = 50): AwsClientSettings {
  return {
    maxAttempts,
    retryMode: 'standard',
    requestHandler: new BoundedHttpHandler(requestTimeoutMs, {
      connectionTimeout: 2_000,
      requestTimeout: requestTimeoutMs,
      throwOnRequestTimeout: true,
      httpAgent: new Agent({ keepAlive: true, maxSockets }),
      httpsAgent: new HttpsAgent({ keepAlive: true, maxSockets }),
    }),
  };
}

/**
 * For a client whose answers are streams that last, over HTTP/2: no end to them, but one to silence, of the connection too.
 *
 * @param silenceMs longest time without a byte
 */
export function awsStreamSettings(silenceMs = 30_000): { readonly maxAttempts: 1; readonly requestHandler: NodeHttp2Handler } {
  return { maxAttempts: 1, requestHandler: new NodeHttp2Handler({ requestTimeout: silenceMs }) };
}
