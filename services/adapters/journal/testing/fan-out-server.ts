/**
 * As much of Kinesis as a subscription needs, for tests: no emulator that can be installed offers enhanced fan-out over the
 * protocol that the client speaks. Requests over HTTP/1.1, subscriptions over HTTP/2 in the event stream encoding.
 */
import { createServer, type Server } from 'node:http';
import { createServer as createHttp2Server, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { EventStreamCodec } from '@smithy/core/event-streams';

interface FanOutEvent {
  readonly records: readonly { readonly position: string; readonly data: Uint8Array }[];
  readonly lagMs: number;
  readonly closed?: boolean;
}

/** What happens to a subscription: an error's name, or events until it ends, breaks, or falls silent. */
export type Subscription = string | readonly (FanOutEvent | 'break' | 'silence')[];

const codec = new EventStreamCodec((bytes) => Buffer.from(bytes).toString('utf8'), (text) => Buffer.from(text, 'utf8'));

function encoded(type: string, body: object): Uint8Array {
  return codec.encode({
    headers: {
      ':message-type': { type: 'string', value: 'event' },
      ':event-type': { type: 'string', value: type },
      ':content-type': { type: 'string', value: 'application/x-amz-json-1.1' },
    },
    body: Buffer.from(JSON.stringify(body)),
  });
}

const port = (server: { address(): unknown }): number => (server.address() as AddressInfo).port;

export class FanOutServer {
  /** Played one after the other; silence after the last. */
  subscriptions: Subscription[] = [];
  readonly startingPositions: unknown[] = [];
  private readonly sessions = new Set<ServerHttp2Session>();

  private constructor(private readonly requests: Server, private readonly streams: Http2Server) {
    requests.on('request', (request, response) => {
      const operation = String(request.headers['x-amz-target']).split('.')[1];
      const answers: Record<string, object> = {
        ListShards: { Shards: [{ ShardId: 'shardId-7', HashKeyRange: { StartingHashKey: '0', EndingHashKey: '9' }, SequenceNumberRange: { StartingSequenceNumber: '1' } }] },
        DescribeStreamConsumer: { ConsumerDescription: { ConsumerName: 'a', ConsumerStatus: 'ACTIVE' } },
      };
      request.resume();
      response.writeHead(answers[operation] ? 200 : 400, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify(answers[operation] ?? { __type: 'UnknownOperationException' }));
    });
    streams.on('session', (session) => {
      this.sessions.add(session);
      session.on('error', () => undefined);
    });
    streams.on('stream', (stream) => {
      let body = '';
      stream.on('error', () => undefined);
      stream.on('data', (chunk: Buffer) => { body += chunk.toString(); });
      stream.on('end', () => this.play(stream, (JSON.parse(body) as { StartingPosition: unknown }).StartingPosition));
    });
  }

  static async start(): Promise<FanOutServer> {
    const [requests, streams] = [createServer(), createHttp2Server()];
    const server = new FanOutServer(requests, streams);
    for (const each of [requests, streams]) await new Promise<void>((resolve) => each.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get requestsUrl(): string {
    return `http://127.0.0.1:${port(this.requests)}`;
  }

  get subscriptionsUrl(): string {
    return `http://127.0.0.1:${port(this.streams)}`;
  }

  async stop(): Promise<void> {
    this.requests.closeAllConnections();
    for (const session of this.sessions) session.destroy();
    await Promise.all([this.requests, this.streams].map((each) => new Promise((resolve) => each.close(resolve))));
  }

  private play(stream: ServerHttp2Stream, startingPosition: unknown): void {
    this.startingPositions.push(startingPosition);
    const subscription = this.subscriptions.shift() ?? ['silence'];
    if (typeof subscription === 'string') {
      stream.respond({ ':status': 400, 'content-type': 'application/x-amz-json-1.1' });
      stream.end(JSON.stringify({ __type: subscription }));
      return;
    }
    stream.respond({ ':status': 200, 'content-type': 'application/vnd.amazon.eventstream' });
    stream.write(encoded('initial-response', {}));
    for (const event of subscription) {
      if (event === 'silence') return;
      if (event === 'break') {
        setTimeout(() => stream.session?.destroy(), 50);
        return;
      }
      stream.write(encoded('SubscribeToShardEvent', {
        Records: event.records.map(({ position, data }) => ({ SequenceNumber: position, PartitionKey: 'p', Data: Buffer.from(data).toString('base64') })),
        MillisBehindLatest: event.lagMs,
        ...(event.closed ? {} : { ContinuationSequenceNumber: event.records.at(-1)?.position ?? '0' }),
      }));
    }
    stream.end();
  }
}
