/** What operators send to change a rule, and what they and users get to see. */
import { z } from 'zod';
import { ACTIONS, ALL, EVERYBODY, type StoredRule, type Subject, SUBJECT_KINDS } from '../../adapters/access/rule';
import { isUuid } from '../../domain';
import { isNetwork } from '../auth/address-list';
import { ApiError } from '../http/errors';
import { coded } from '../http/validate';
import { count } from '../ledger/queries';

const GROUP = /^[\w.-]{1,128}$/;
const ORDERS_PER_SECOND = 100_000;

const rights = (name: z.ZodType<string>) => z.strictObject({
  allow: z.array(name).max(200).optional(), deny: z.array(name).max(200).optional(),
}).refine(({ allow = [], deny = [] }) => !allow.some((one) => deny.includes(one)), {
  error: coded('contradictory_rule', 'A name is either allowed or denied.'),
});

const parts = {
  actions: rights(z.enum([...ACTIONS, ALL], { error: coded('invalid_action', `An action is one of ${ACTIONS.join(', ')}, or * for all.`) })).optional(),
  instruments: rights(z.string().regex(/^([A-Z0-9]{2,16}|\*)$/, { error: coded('invalid_symbol', 'An instrument is named by its symbol; * are all.') })).optional().meta({
    description: 'In which orders may be placed and changed. They can be taken back in all of them.',
  }),
  ordersPerSecond: z.int().min(1).max(ORDERS_PER_SECOND).optional().meta({ description: 'Averaged over ten seconds. More than the system admits has no effect.' }),
  addresses: z.strictObject({
    from: z.array(z.string().max(43).refine(isNetwork, {
      error: coded('invalid_address', 'An address is one of IPv4, or a network such as 203.0.113.0/24 or 2001:db8::/64; of IPv6 /64 is the narrowest.'),
    })).min(1).max(50),
    appliesTo: z.enum(['api_keys', 'all']).default('api_keys'),
  }).optional().meta({ description: 'Where API keys, or access tokens as well, must be used from.' }),
};

const version = z.int({ error: coded('invalid_version', 'version is that of the rule which this one replaces, 0 where there is none.') }).min(0);
const reason = z.string().regex(/^\P{Cc}{1,200}$/u, { error: coded('invalid_reason', 'A reason has 1 to 200 characters, without control characters.') });

/** Body of `PUT /v1/admin/access/{kind}/{subject}`. */
export const ruleSchema = z.strictObject({
  version: version.meta({ description: 'Of the rule that it replaces; 0: there is none.' }),
  reason,
  ...parts,
}).refine((body) => Object.keys(parts).some((name) => body[name as keyof typeof parts] !== undefined), {
  error: coded('empty_rule', 'A rule says something of actions, instruments, ordersPerSecond or addresses.'),
}).meta({ examples: [{ version: 0, reason: 'under review', actions: { deny: ['place', 'amend'] } }] });
export type RuleBody = z.output<typeof ruleSchema>;

const versionText = z.string().regex(/^\d{1,15}$/, { error: coded('invalid_version', 'version is that of the rule which is to go.') }).transform(Number);

/** Query of `DELETE /v1/admin/access/{kind}/{subject}`. */
export const removalSchema = z.strictObject({ version: versionText, reason });
export type Removal = z.output<typeof removalSchema>;

/** Path of what concerns one rule; what names nobody is 404. */
export const subjectPath = z.strictObject({ kind: z.string().max(16), subject: z.string().max(128) });

/** @throws ApiError 404 */
export function subjectOf({ kind, subject: id }: z.output<typeof subjectPath>): Subject {
  if (kind === 'user' && isUuid(id)) return { kind, id };
  if (kind === 'group' && (id === EVERYBODY || GROUP.test(id))) return { kind, id };
  throw new ApiError(404, 'unknown_subject', 'A rule is for user/<account id>, for group/<name>, or for group/*, which is everybody.');
}

/** Where a list goes on: behind this one. */
export const cursorOf = ({ kind, id }: Subject): string => Buffer.from(`${kind}/${id}`).toString('base64url');

/** Query of `GET /v1/admin/access`. */
export const ruleListSchema = z.strictObject({
  limit: count(200, 50),
  cursor: z.string().max(200).transform((text, context): Subject => {
    const [, kind, id] = /^(user|group)\/(.{1,128})$/s.exec(Buffer.from(text, 'base64url').toString()) ?? [];
    if (kind && id && !id.includes('\0')) return { kind: kind as Subject['kind'], id };
    context.addIssue({ code: 'custom', message: coded('invalid_cursor', 'The cursor is not one that this list gave out.') });
    return z.NEVER;
  }).optional(),
});
export type RuleList = z.output<typeof ruleListSchema>;

const time = () => z.int().meta({ description: 'Milliseconds since 1970.' });
const names = z.array(z.string());
const shownRights = z.strictObject({ allow: names.optional(), deny: names.optional() }).optional();

/** A rule as operators see it. */
export const ruleAnswer = z.strictObject({
  kind: z.enum(SUBJECT_KINDS), id: z.string(), version: z.int(), changedBy: z.string(), changedAt: time(), reason: z.string(),
  actions: shownRights, instruments: shownRights, ordersPerSecond: z.int().optional(),
  addresses: z.strictObject({ from: names, appliesTo: z.enum(['api_keys', 'all']) }).optional(),
}).meta({ id: 'AccessRule' });
export const ruleListAnswer = z.strictObject({ rules: z.array(ruleAnswer), nextCursor: z.string().optional() });
export const changedAnswer = z.strictObject({
  kind: z.enum(SUBJECT_KINDS), id: z.string(), version: z.int().meta({ description: 'That it has now; every task goes by it within three seconds.' }),
});

/** What a user sees of what they may do. */
export const accessAnswer = z.strictObject({
  actions: z.record(z.enum(ACTIONS), z.boolean()),
  instruments: z.strictObject({ allowed: names, denied: names }).meta({ description: 'In which orders may be placed, and in which only taken back.' }),
  ordersPerSecond: z.number().optional(),
  addresses: z.strictObject({ apiKeys: names.optional(), all: names.optional() }).meta({ description: 'Where API keys, and everything else, must be used from; absent: anywhere.' }),
  ageMs: z.int().optional().meta({ description: 'Since these rules were seen to be true. Absent in a system without rules.' }),
});

export function ruleView({ kind, id, version: of, rule, changedBy, changedAt, reason: why }: StoredRule): z.output<typeof ruleAnswer> {
  return { kind, id, version: of, changedBy, changedAt: changedAt.getTime(), reason: why, ...rule as object };
}
