/** What workers look after for an account: strategies, trailing stops, brackets. */
import type { RouteDependencies } from './dependencies';
import { idPath } from './orders';
import { automationSchema } from '../../automations/request';
import { acceptedAutomation, acceptedEnd, automation, automations as automationList } from '../../automations/view';
import { ownId } from '../preferences';
import { type Route, route } from '../route';

export function automationRoutes({ automations }: RouteDependencies): readonly Route[] {
  return [
    route({
      method: 'post', path: '/v1/automations', tag: 'orders', scope: 'trade', rate: 'order', accepts: ['idempotency-key'], conflicts: true, feature: 'automations',
      summary: 'Begin a strategy, a trailing stop or a bracket',
      description: 'A worker looks after it until it has ended, whoever else is there. An account has up to 20 at a time.',
      body: automationSchema,
      answers: { 202: { description: 'It is taken.', schema: acceptedAutomation } },
      handle: async ({ body, preferences }, { accountId }) => ({
        status: 202, body: await automations.create(accountId, body, ownId(body.clientAutomationId, preferences, 'clientAutomationId')),
      }),
    }),
    route({
      method: 'get', path: '/v1/automations', tag: 'orders', scope: 'read', rate: 'read', feature: 'automations',
      summary: 'Automations, newest first',
      description: 'The latest 200; those that ended for a week.',
      answers: { 200: { description: 'All of them.', schema: automationList } },
      handle: async (_input, { accountId }) => ({ status: 200, body: { automations: await automations.list(accountId) } }),
    }),
    route({
      method: 'get', path: '/v1/automations/{id}', tag: 'orders', scope: 'read', rate: 'read', feature: 'automations',
      summary: 'One automation',
      params: idPath,
      answers: { 200: { description: 'How far it is.', schema: automation } },
      handle: async ({ params: { id } }, { accountId }) => ({ status: 200, body: await automations.get(accountId, id) }),
    }),
    route({
      method: 'delete', path: '/v1/automations/{id}', tag: 'orders', scope: 'trade', rate: 'cancel', feature: 'automations',
      summary: 'End an automation',
      description: 'Its worker takes its orders back, then it is cancelled. What they filled stays. One that has ended stays as it is.',
      params: idPath,
      answers: { 202: { description: 'Its worker is told.', schema: acceptedEnd } },
      handle: async ({ params: { id } }, { accountId }) => {
        await automations.cancel(accountId, id);
        return { status: 202, body: { id } };
      },
    }),
  ];
}
