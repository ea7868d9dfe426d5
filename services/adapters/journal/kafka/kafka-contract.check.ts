/** Run by `npm run check:kafka`, which starts a broker and names it in KAFKA_BROKERS. */
import { Admin } from '@platformatic/kafka';
import { KafkaJournalReader } from './kafka-reader';
import { KafkaJournalWriter } from './kafka-writer';
import { createLogger } from '../../../runtime';
import { frameOf, journalContract, take, takeAll, timesOf } from '../testing/journal-contract';

const brokers = (process.env.KAFKA_BROKERS ?? '').split(',');
const logger = createLogger({ service: 'test', environment: 'test', level: 'silent' });
const admin = new Admin({ clientId: 'check', bootstrapBrokers: brokers });
let topics = 0;

async function newTopic(): Promise<string> {
  const topic = `journal-${Date.now()}-${++topics}`;
  await admin.createTopics({ topics: [topic], partitions: 3, replicas: 1 });
  return topic;
}

const writerOf = (topic: string): KafkaJournalWriter => new KafkaJournalWriter({ brokers, topic, clientId: 'writer' });
const readerOf = (topic: string): KafkaJournalReader => new KafkaJournalReader({ brokers, topic, clientId: 'reader', logger });

afterAll(() => admin.close());

describe('as every journal', () => {
  journalContract(async () => {
    const topic = await newTopic();
    return {
      open: async () => ({ writer: writerOf(topic), reader: readerOf(topic) }),
      inject: async (partition, bytes) => {
        const behind = writerOf(topic);
        // Past the check at the door.
        const position = await (behind as unknown as { send(p: number, b: Buffer): Promise<string> }).send(partition, bytes);
        await behind.close();
        return position;
      },
    };
  }, { knowsItsEnd: true });
});

test('positions are offsets; what a snapshot stands in for may be deleted, and is then refused without one', async () => {
  const topic = await newTopic();
  const [writer, reader] = [writerOf(topic), readerOf(topic)];
  const positions: string[] = [];
  for (let n = 0; n < 5; n++) positions.push(await writer.append(0, frameOf(0, n)));
  expect(positions).toEqual(['0', '1', '2', '3', '4']);
  await admin.deleteRecords({ topics: [{ name: topic, partitions: [{ partition: 0, offset: 3n }] }] });
  expect(timesOf(await takeAll(reader, 0, '2'))).toEqual([3, 4]);
  await expect(takeAll(reader, 0)).rejects.toThrow(/begins at record 3, so records 0 to 2 are gone: start from a snapshot/);
  await writer.close();
  await reader.close();
});

test('a partition that the topic does not have, and a broker that is not there, are errors that say so', async () => {
  const topic = await newTopic();
  const [writer, reader] = [writerOf(topic), readerOf(topic)];
  await expect(writer.append(3, frameOf(3, 1))).rejects.toMatchObject({ outcome: 'refused', message: expect.stringContaining('no partition 3') as string });
  await expect(take(reader, 3, undefined, 1)).rejects.toThrow(/has 3 partitions, so there is no partition 3/);
  await writer.close();
  await reader.close();
  const nowhere = new KafkaJournalWriter({ brokers: ['127.0.0.1:1'], topic, clientId: 'x', requestTimeoutMs: 500 });
  await expect(nowhere.append(0, frameOf(0, 1))).rejects.toMatchObject({ outcome: 'refused', message: expect.stringContaining('no answer in 500 ms') as string });
  await nowhere.close();
});
