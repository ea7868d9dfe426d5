import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { KeptSessions } from './desk';
import { SessionWatch } from './watch';
import { Sessions } from '../../adapters/sessions/sessions';
import { ConfigurationError, type Logger } from '../../runtime';

const limitsSchema = z.strictObject({
  lifetimeSeconds: z.int().min(300).default(2_592_000),
  perUser: z.int().min(1).max(1_000).default(20),
});

/**
 * Sessions in a table, and who watches them.
 *
 * @param limits as the environment gives them
 * @throws ConfigurationError
 */
export function openSessions(table: string, { client, cache, subscriber, logger, limits }: {
  readonly client: DynamoDBClient; readonly cache: Redis; readonly subscriber: Redis; readonly logger: Logger; readonly limits: unknown;
}): KeptSessions {
  const parsed = limitsSchema.safeParse(limits ?? {});
  if (!parsed.success) throw new ConfigurationError(`reference-api cannot start: SESSION_LIMITS: ${parsed.error.issues[0].path.join('.')} ${parsed.error.issues[0].message}`);
  const store = new Sessions({ client, table, ...parsed.data });
  return { store, watch: new SessionWatch({ sessions: store, cache, subscriber, logger }) };
}
