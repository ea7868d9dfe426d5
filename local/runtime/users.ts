import { randomUUID } from 'node:crypto';
import {
  AdminAddUserToGroupCommand, AdminCreateUserCommand, AdminGetUserCommand, AdminSetUserPasswordCommand, type CognitoIdentityProviderClient,
} from '@aws-sdk/client-cognito-identity-provider';
import { ApiClient } from './api-client';
import { type Gift, giftName, giftsFor, missingInstruments, type Partitions, partitionsOf } from './play-money';
import { generateSecret } from './secrets';
import { cognitoClient } from '../providers/cognito';
import type { Context } from '../providers/provider';
import { LocalError } from '../servers/errors';

/** Somebody who can sign in to the running platform. */
export interface User {
  readonly username: string;
  readonly password: string;
  readonly role: 'trader' | 'operator';
  /** The user's `sub`, which is the account id of the ledger. */
  readonly accountId: string;
}

interface Kept {
  readonly password: string;
  /** Deposits that the API has taken, by the names of the gifts; their ids make a repetition harmless. */
  readonly deposits: Record<string, { readonly id: string; readonly amount: string; taken: boolean }>;
}

const FILE = 'users.json';
/** The service that takes deposits. */
const ORDER_API = 'reference-api';
const PEOPLE: readonly (Pick<User, 'username' | 'role'>)[] = [
  { username: 'demo', role: 'trader' },
  { username: 'counterparty', role: 'trader' },
  { username: 'operator', role: 'operator' },
];

/** Makes the demo users and, where the order API runs, gives the traders play money, once. Nothing when the assembly has no user pool. */
export async function ensureUsers(context: Context): Promise<User[]> {
  const [pool] = await context.resourcesOfType('AWS::Cognito::UserPool');
  const [balancer] = await context.resourcesOfType('AWS::ElasticLoadBalancingV2::LoadBalancer');
  if (!pool) return [];
  const kept = context.data.readJson<Record<string, Kept>>(FILE, {});
  for (const { username } of PEOPLE) kept[username] ??= { password: newPassword(), deposits: {} };
  context.data.writeJson(FILE, kept);

  const poolId = (await context.valuesOf(pool)).ref;
  const groups = (await Promise.all((await context.resourcesOfType('AWS::Cognito::UserPoolGroup')).map((one) => context.valuesOf(one)))).map(({ ref }) => ref);
  const client = await cognitoClient(context);
  const users: User[] = [];
  try {
    // One after the other: the emulator rewrites its whole file at each change.
    for (const person of PEOPLE) {
      const { password } = kept[person.username];
      users.push({ ...person, password, accountId: await ensureUser(client, poolId, person.username, password, person.role === 'operator' ? groups : []) });
    }
  } finally {
    client.destroy();
  }
  if (!balancer || !context.tasks.all().some(({ spec }) => spec.service === ORDER_API)) return users;
  const { attributes } = await context.valuesOf(balancer);
  const partitions = partitionsOf(context.tasks.all().find(({ spec }) => spec.service === ORDER_API)!.spec.env.PARTITION_MAP);
  await depositPlayMoney(new ApiClient(String(attributes['local:url'])), partitions, users, kept, () => context.data.writeJson(FILE, kept));
  return users;
}

function newPassword(): string {
  // Every kind that a policy may ask for, of symbols only those that survive a shell and a double click.
  return `${generateSecret({ PasswordLength: 15, ExcludePunctuation: true, ExcludeCharacters: 'O0Il1' })}-_`;
}

async function ensureUser(
  client: CognitoIdentityProviderClient, UserPoolId: string, Username: string, Password: string, groups: readonly string[],
): Promise<string> {
  const known = await client.send(new AdminGetUserCommand({ UserPoolId, Username })).catch(() => undefined);
  let attributes = known?.UserAttributes;
  if (!attributes) {
    const created = await client.send(new AdminCreateUserCommand({
      UserPoolId,
      Username,
      MessageAction: 'SUPPRESS',
      UserAttributes: [{ Name: 'email', Value: `${Username}@example.com` }, { Name: 'email_verified', Value: 'true' }],
    }));
    attributes = created.User?.Attributes;
    await client.send(new AdminSetUserPasswordCommand({ UserPoolId, Username, Password, Permanent: true }));
    for (const GroupName of groups) await client.send(new AdminAddUserToGroupCommand({ UserPoolId, Username, GroupName }));
  }
  const sub = attributes?.find(({ Name }) => Name === 'sub')?.Value;
  if (sub === undefined) throw new LocalError(`The user directory gave ${Username} no sub; start again with --fresh.`);
  return sub;
}

async function depositPlayMoney(
  api: ApiClient, partitions: Partitions, users: readonly User[], kept: Record<string, Kept>, save: () => void,
): Promise<void> {
  const traders = users.filter(({ role }) => role === 'trader');
  const operator = users.find(({ role }) => role === 'operator');
  if (!operator) return;
  const gifts = new Map((await playMoney(api, partitions)).map((gift) => [giftName(gift), gift]));
  for (const trader of traders) {
    for (const [name, { amount }] of gifts) kept[trader.username].deposits[name] ??= { id: randomUUID(), amount, taken: false };
  }
  // The ids are on disk before they are used.
  save();
  const open = traders.flatMap((trader) => Object.entries(kept[trader.username].deposits).filter(([name, { taken }]) => !taken && gifts.has(name))
    .map(([name, deposit]) => ({ trader, gift: gifts.get(name)!, deposit })));
  if (open.length === 0) return;
  const { accessToken } = await api.signIn(operator);
  for (const { trader, gift, deposit } of open) {
    await api.post('/v1/admin/deposits', { accountId: trader.accountId, ...gift, amount: deposit.amount, depositId: deposit.id }, accessToken);
    deposit.taken = true;
  }
  save();
}

/** What each trader gets, once the API knows the instruments of every partition: it learns them from the journal. */
async function playMoney(api: ApiClient, partitions: Partitions): Promise<Gift[]> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const instruments = await api.instruments();
    const missing = missingInstruments(instruments, partitions);
    if (instruments.length > 0 && missing.length === 0) return giftsFor(instruments, partitions);
    if (Date.now() > deadline) {
      const what = missing.length > 0 ? missing.join(', ') : 'any instrument';
      throw new LocalError(`The API does not know ${what} 60 s after it became healthy; look at the logs of setup, the matcher and settlement.`);
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
