/** What users may do, and the rules by which operators say so. */
import type { RouteDependencies } from './dependencies';
import type { Subject } from '../../../adapters/access/rule';
import type { RuleChanged } from '../../access/access-desk';
import {
  accessAnswer, changedAnswer, removalSchema, ruleAnswer, ruleListAnswer, ruleListSchema, ruleSchema, subjectOf, subjectPath,
} from '../../access/request';
import type { Reply } from '../reply';
import { type Route, route } from '../route';

const common = { path: '/v1/admin/access/{kind}/{subject}', tag: 'operators', scope: 'operate', rate: 'operate', params: subjectPath, feature: 'access_rules' } as const;

/** Longest text of a rule in the audit trail; the database has all of every version. */
const MOST_TOLD = 1_000;

/** The answer, and for the audit trail what there was and what there is. */
function noted({ kind, id }: Subject, { answer, before, after }: RuleChanged): Reply {
  const text = (rule: unknown): string => (rule === undefined ? 'none' : JSON.stringify(rule).slice(0, MOST_TOLD));
  return { status: 200, body: answer, told: { entity: `access/${kind}/${id}`, detail: { before: text(before), after: text(after) } } };
}

export function accessRoutes({ access }: RouteDependencies): readonly Route[] {
  return [
    route({
      method: 'get', path: '/v1/access', tag: 'account', scope: 'read', rate: 'read',
      summary: 'What you may do',
      description: 'By the rules that operators made for you, for your groups and for everybody.',
      answers: { 200: { description: 'As this task knows it.', schema: accessAnswer } },
      handle: (_input, { rights }) => ({ status: 200, body: access.mine(rights) }),
    }),
    route({
      method: 'get', path: '/v1/admin/access', tag: 'operators', scope: 'operate', rate: 'operate', feature: 'access_rules',
      summary: 'Operators: access rules',
      query: ruleListSchema,
      answers: { 200: { description: 'A page of them.', schema: ruleListAnswer } },
      handle: async ({ query }) => ({ status: 200, body: await access.list(query) }),
    }),
    route({
      ...common, method: 'get',
      summary: 'Operators: the access rule of a user or a group',
      description: 'kind is user, with the id of an account, or group, with the name of a group; the group * is everybody.',
      answers: { 200: { description: 'The rule, with the version to send when it is changed.', schema: ruleAnswer } },
      handle: async ({ params }) => ({ status: 200, body: await access.get(subjectOf(params)) }),
    }),
    route({
      ...common, method: 'put', conflicts: true, audited: 'access put',
      summary: 'Operators: make or replace an access rule',
      description: 'What is said of the user counts more than what is said of groups, and that more than what is said of everybody. A denial counts more than a '
        + 'permission of the same level, a name more than *. Routes of operators are not subject to rules.',
      body: ruleSchema,
      answers: { 200: { description: 'It holds.', schema: changedAnswer } },
      handle: async ({ params, body }, { accountId }) => {
        const subject = subjectOf(params);
        return noted(subject, await access.put(subject, body, accountId));
      },
    }),
    route({
      ...common, method: 'delete', conflicts: true, audited: 'access delete',
      summary: 'Operators: remove an access rule',
      query: removalSchema,
      answers: { 200: { description: 'It is gone.', schema: changedAnswer } },
      handle: async ({ params, query }, { accountId }) => {
        const subject = subjectOf(params);
        return noted(subject, await access.remove(subject, query, accountId));
      },
    }),
  ];
}
