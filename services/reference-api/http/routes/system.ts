/** What the service says of itself. */
import type { RouteDependencies } from './dependencies';
import { health as healthAnswer, serverTime, status } from '../answers';
import { type Route, route } from '../route';

export function systemRoutes({ health, statusBoard }: RouteDependencies): readonly Route[] {
  return [
    route({
      method: 'get', path: '/health', tag: 'system', scope: 'public', rate: 'none',
      summary: 'Whether this task is fit for requests',
      answers: {
        200: { description: 'It is, perhaps not for all of them.', schema: healthAnswer },
        503: { description: 'Another task may do better.', schema: healthAnswer },
      },
      handle: () => {
        const report = health.report();
        return { status: report.status === 'unhealthy' ? 503 : 200, body: report };
      },
    }),
    route({
      method: 'get', path: '/v1/status', tag: 'system', scope: 'public', rate: 'public',
      summary: 'State of the venue and age of its data',
      answers: { 200: { description: 'At most a second old.', schema: status } },
      handle: async () => ({ status: 200, body: await statusBoard.read() }),
    }),
    route({
      method: 'get', path: '/v1/time', tag: 'system', scope: 'public', rate: 'public',
      summary: 'Time of the server',
      answers: { 200: { description: 'Now.', schema: serverTime } },
      handle: () => ({ status: 200, body: { time: Date.now() } }),
    }),
  ];
}
