// Clients of the WebSocket that listen, and ask the time over the same connection. Started by `npm run load:k6`.
import { check } from 'k6';
import exec from 'k6/execution';
import { Counter, Rate, Trend } from 'k6/metrics';
import ws from 'k6/ws';
import { errorRate, p99, seconds, sockets, summary, symbol, tokens, url } from './settings.js';

const answered = new Trend('stream_answer', true);
const failed = new Rate('failed');
const messages = new Counter('stream_messages');

export const options = {
  scenarios: { stream: { executor: 'per-vu-iterations', vus: sockets, iterations: 1, maxDuration: `${seconds + 30}s`, gracefulStop: '10s' } },
  thresholds: { stream_answer: [`p(99)<${p99}`], ws_connecting: ['p(95)<1000'], failed: [`rate<${errorRate}`] },
  summaryTrendStats: ['avg', 'med', 'p(95)', 'p(99)', 'max', 'count'],
};

export default function client() {
  const token = tokens[(exec.vu.idInTest - 1) % tokens.length];
  const asked = new Map();
  let ids = 0;
  let ready = false;
  let closing = false;
  let early = false;

  const answer = ws.connect(`${url.replace(/^http/, 'ws')}/v1/stream`, {}, (socket) => {
    const send = (message) => socket.send(JSON.stringify(message));
    socket.on('open', () => send({ op: 'auth', token }));
    socket.on('message', (text) => {
      const message = JSON.parse(text);
      messages.add(1);
      if (message.op === 'authenticated' && !ready) {
        ready = true;
        send({ op: 'subscribe', channels: ['orders', `ticker.${symbol}`, `book.${symbol}`] });
        socket.setInterval(() => {
          const id = String(ids++);
          asked.set(id, Date.now());
          send({ op: 'request', id, method: 'GET', path: '/v1/time' });
        }, 1000);
      }
      if (message.op === 'response' && asked.has(message.id)) {
        answered.add(Date.now() - asked.get(message.id));
        asked.delete(message.id);
        failed.add(message.status !== 200);
      }
    });
    socket.on('close', () => { early = !closing; });
    socket.setTimeout(() => {
      closing = true;
      socket.close();
    }, seconds * 1000);
  });

  // A question of the last second may be on its way.
  const lost = Math.max(0, asked.size - 1);
  for (let i = 0; i < lost; i++) failed.add(true);
  failed.add(!check(answer, { 'it is upgraded': ({ status }) => status === 101 }) || !ready || early);
}

export const handleSummary = summary;
