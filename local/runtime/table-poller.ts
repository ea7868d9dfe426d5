import { type AttributeValue, type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { LocalFunction } from './functions';

/** An event source mapping from the changes of a table to a function. */
export interface TableMapping {
  readonly dynamodb: DynamoDBClient;
  readonly tableName: string;
  readonly streamArn: string;
  readonly region: string;
  /** Attributes that name an item. */
  readonly keys: readonly string[];
  readonly batchSize: number;
  /** Whether it begins with what is there, or with what comes. */
  readonly from: 'TRIM_HORIZON' | 'LATEST';
  readonly target: LocalFunction;
  readonly report: (sentence: string) => void;
  readonly pollMs?: number;
}

type Item = Readonly<Record<string, AttributeValue>>;
type Images = Readonly<{ NewImage?: Item; OldImage?: Item }>;

interface Change {
  readonly eventName: 'INSERT' | 'MODIFY' | 'REMOVE';
  readonly key: string;
  readonly images: Images;
}

/**
 * The changes of a table, for an emulator that has no streams: the table is read again and again and compared with what it was. Changes of one
 * item between two readings are one, and their order is that of their sort key; a batch comes again until the function has handled it.
 */
export class TablePoller {
  private readonly seen = new Map<string, Item>();
  private stopping = false;
  private running: Promise<void> | undefined;
  private next = 1;

  constructor(private readonly mapping: TableMapping) {}

  /** Resolves when what is written from then on is seen. */
  async start(): Promise<void> {
    if (this.mapping.from === 'LATEST') for (const { key, images } of await this.changes()) this.seen.set(key, images.NewImage!);
    this.running = this.run();
  }

  /** Ends after the batch that is being worked on. */
  async stop(): Promise<void> {
    this.stopping = true;
    await this.running;
  }

  private async run(): Promise<void> {
    const { pollMs = 1_000, report, target, tableName, batchSize } = this.mapping;
    let failing = false;
    while (!this.stopping) {
      try {
        const changes = await this.changes();
        for (let i = 0; i < changes.length && !this.stopping; i += batchSize) {
          if (!await this.work(changes.slice(i, i + batchSize))) break;
        }
        failing = false;
      } catch (error) {
        if (!failing && !this.stopping) report(`The table of ${target.spec.service} (${tableName}) did not answer: ${(error as Error).message}`);
        failing = true;
      }
      for (let waited = 0; waited < pollMs && !this.stopping; waited += 50) await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  private async changes(): Promise<Change[]> {
    const { dynamodb, tableName, keys } = this.mapping;
    const now = new Map<string, Item>();
    let start: Record<string, AttributeValue> | undefined;
    do {
      const page = new ScanCommand({ TableName: tableName, ConsistentRead: true, ExclusiveStartKey: start });
      const { Items = [], LastEvaluatedKey } = await dynamodb.send(page);
      for (const item of Items) now.set(keys.map((name) => JSON.stringify(item[name])).join(), item);
      start = LastEvaluatedKey;
    } while (start !== undefined);
    const changes: Change[] = [];
    for (const [key, item] of now) {
      const before = this.seen.get(key);
      if (before === undefined) changes.push({ eventName: 'INSERT', key, images: { NewImage: item } });
      else if (JSON.stringify(before) !== JSON.stringify(item)) changes.push({ eventName: 'MODIFY', key, images: { NewImage: item, OldImage: before } });
    }
    for (const [key, item] of this.seen) if (!now.has(key)) changes.push({ eventName: 'REMOVE', key, images: { OldImage: item } });
    const order = ({ images }: Change): string => JSON.stringify((images.NewImage ?? images.OldImage)![keys.at(-1)!]);
    return changes.sort((a, b) => (order(a) < order(b) ? -1 : 1));
  }

  /** @returns false when the function wants (some of) it again */
  private async work(changes: readonly Change[]): Promise<boolean> {
    const { target, report } = this.mapping;
    const first = this.next;
    const outcome = await target.invoke({ Records: changes.map((change, i) => this.eventOf(change, first + i)) });
    if ('error' in outcome) {
      report(`${target.spec.service} failed on ${changes.length} change${changes.length > 1 ? 's' : ''}: ${outcome.error.errorMessage}`);
      return false;
    }
    const failures = (outcome.value as { batchItemFailures?: { itemIdentifier: string }[] } | null)?.batchItemFailures ?? [];
    const again = Math.min(...failures.map(({ itemIdentifier }) => Number(itemIdentifier)));
    const done = failures.length === 0 ? changes : changes.slice(0, again - first);
    for (const { key, images } of done) {
      if (images.NewImage === undefined) this.seen.delete(key);
      else this.seen.set(key, images.NewImage);
    }
    this.next += done.length;
    return failures.length === 0;
  }

  private eventOf({ eventName, images }: Change, place: number): object {
    const { keys, region, streamArn } = this.mapping;
    const item = (images.NewImage ?? images.OldImage)!;
    return {
      eventID: String(place),
      eventName,
      eventVersion: '1.1',
      eventSource: 'aws:dynamodb',
      awsRegion: region,
      eventSourceARN: streamArn,
      dynamodb: {
        ApproximateCreationDateTime: Math.floor(Date.now() / 1_000),
        Keys: Object.fromEntries(keys.map((name) => [name, item[name]])),
        ...images,
        SequenceNumber: String(place),
        StreamViewType: 'NEW_AND_OLD_IMAGES',
      },
    };
  }
}
