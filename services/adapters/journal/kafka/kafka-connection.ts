import type { ConnectionOptions } from '@platformatic/kafka';

/** How to reach the topic that is the journal. */
export interface KafkaJournalOptions {
  /** `host:port` of some brokers. */
  readonly brokers: readonly string[];
  /** Topic with one partition per partition of the venue, three replicas, `min.insync.replicas` 2 and no compaction. */
  readonly topic: string;
  /** What the brokers show the connections as. */
  readonly clientId: string;
  /** TLS and sign-in. */
  readonly connection?: Pick<ConnectionOptions, 'tls' | 'sasl'>;
  /** Longest wait for one answer, in milliseconds. */
  readonly requestTimeoutMs?: number;
}

/** Settings of a client that tries once: whoever calls it repeats by itself. */
export function clientSettings({ brokers, clientId, connection = {}, requestTimeoutMs = 5_000 }: KafkaJournalOptions) {
  return {
    ...connection, clientId, bootstrapBrokers: [...brokers], retries: 0, autocreateTopics: false, metadataMaxAge: 60_000,
    timeout: requestTimeoutMs, connectTimeout: requestTimeoutMs, requestTimeout: requestTimeoutMs,
  };
}

/** Kafka's codes of an error and of those inside it. */
export function kafkaCodesOf(error: unknown): string[] {
  const { apiId, errors = [], cause } = error as { apiId?: string; errors?: unknown[]; cause?: unknown };
  return [...apiId === undefined ? [] : [apiId], ...errors.flatMap(kafkaCodesOf), ...cause === undefined ? [] : kafkaCodesOf(cause)];
}
