import type { CheckFactory } from './system-check';
import { CheckTrade } from '../cli/check-trade';
import { ApiClient } from '../runtime/api-client';
import { LocalError } from '../servers/errors';

/** One trade between two users of the order API. */
export const tradeCheck: CheckFactory = (platform, signal) => {
  const { baseUrl, wsUrl, databaseUrl } = platform.describe();
  if (databaseUrl === undefined || platform.users.length < 3) throw new LocalError('The assembly has no database or no user pool, so no trade can be checked.');
  return new CheckTrade({ api: new ApiClient(baseUrl), wsUrl, databaseUrl, users: platform.users, signal });
};
