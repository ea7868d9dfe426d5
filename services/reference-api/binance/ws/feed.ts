import type { TopicRef, TopicKind } from '../../ws/protocol';
import type { SendQueue } from '../../ws/send-queue';

/** A socket that reads streams. */
export interface Reader {
  readonly out: Pick<SendQueue, 'deliver' | 'forget'>;
  /** Whether it gets `{stream, data}` or the data alone. */
  readonly wrapped: boolean;
}

/** One stream by its name, and who reads it. What is sent is written once, however many read it. */
export class Feed {
  readonly readers = new Set<Reader>();
  /** Resolves when messages come. */
  ready: Promise<void> = Promise.resolve();
  close: () => void = () => undefined;
  private readonly topic: TopicRef;
  private last: { raw?: Buffer; wrapped?: Buffer; json: string } | undefined;

  /** @param kind `latest`: a reader that is slow may get newer ones instead, and who comes late gets the last; `complete`: none is left out */
  constructor(readonly name: string, private readonly kind: Exclude<TopicKind, 'trades'>) {
    this.topic = { name, channel: name, kind };
  }

  publish(data: object): void {
    this.last = { json: JSON.stringify(data) };
    for (const reader of this.readers) this.send(reader);
  }

  add(reader: Reader): void {
    this.readers.add(reader);
    if (this.last && this.kind === 'latest') this.send(reader);
  }

  remove(reader: Reader): void {
    this.readers.delete(reader);
    reader.out.forget(this.topic);
  }

  private send({ out, wrapped }: Reader): void {
    const { last } = this;
    if (!last) return;
    const frame = wrapped
      ? last.wrapped ??= Buffer.from(`{"stream":${JSON.stringify(this.name)},"data":${last.json}}`) : last.raw ??= Buffer.from(last.json);
    out.deliver(this.topic, frame);
  }
}

/** A reader that gets everything inside an object of its own. @param before what stands before the data */
export function namedReader(out: Reader['out'], before: string): Reader {
  const head = Buffer.from(before);
  const tail = Buffer.from('}');
  return {
    wrapped: false,
    out: { deliver: (topic, frame) => out.deliver(topic, Buffer.concat([head, frame, tail])), forget: (topic) => out.forget(topic) },
  };
}
