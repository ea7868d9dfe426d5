// Requests at a fixed rate, whatever the answers: first what the system is built for, then a burst. Started by `npm run load:k6`.
import { check } from 'k6';
import exec from 'k6/execution';
import http from 'k6/http';
import { Counter, Rate } from 'k6/metrics';
import { burst, burstSeconds, errorRate, p99, price, quantity, rate, seconds, summary, symbol, tokens, url } from './settings.js';

const failed = new Rate('failed');
const limited = new Counter('limited');

// A rate is offered, not hoped for: users who wait for an answer would hide a system that is too slow.
const scenario = (name, perSecond, duration, start) => ({
  executor: 'constant-arrival-rate', rate: perSecond, timeUnit: '1s', duration: `${duration}s`, startTime: `${start}s`,
  preAllocatedVUs: Math.max(10, Math.ceil(perSecond / 5)), maxVUs: Math.max(50, perSecond * 2), gracefulStop: '10s', tags: { load: name },
});

const WARM_SECONDS = 5;

const held = {};
for (const load of ['base', 'burst']) {
  held[`http_req_duration{load:${load}}`] = [`p(99)<${p99}`];
  held[`failed{load:${load}}`] = [`rate<${errorRate}`];
}

export const options = {
  discardResponseBodies: false,
  noConnectionReuse: false,
  scenarios: {
    // Nobody's figures begin with the first connection.
    warm: scenario('warm', Math.max(1, Math.ceil(rate / 4)), WARM_SECONDS, 0),
    base: scenario('base', rate, seconds, WARM_SECONDS),
    burst: scenario('burst', burst, burstSeconds, WARM_SECONDS + seconds + 2),
  },
  // Requests that were never sent because nobody was free to send them are requests that were not served.
  thresholds: { ...held, dropped_iterations: ['count==0'], limited: ['count==0'] },
  summaryTrendStats: ['avg', 'med', 'p(95)', 'p(99)', 'max', 'count'],
};

/** The last order of this virtual user, for it to take back. */
let resting;

const as = (token, name, headers = {}) => ({ headers: { ...headers, ...(token ? { authorization: `Bearer ${token}` } : {}) }, tags: { name }, timeout: '10s' });

function place(token, at) {
  const clientOrderId = `k6-${Date.now().toString(36)}-${exec.vu.idInTest}-${at}`;
  const body = JSON.stringify({ symbol, side: 'buy', type: 'limit', price, quantity, clientOrderId });
  const answer = http.post(`${url}/v1/orders`, body, as(token, 'place', { 'content-type': 'application/json' }));
  resting = answer.status === 202 ? { id: answer.json('orderId'), token } : undefined;
  return answer;
}

function takeBack() {
  const { id, token } = resting;
  resting = undefined;
  return http.del(`${url}/v1/orders/${id}`, null, as(token, 'cancel'));
}

/** Of 100 requests: 50 orders, 20 cancels, 22 questions about an account, 8 about the market, half of them without a token. */
function request(at) {
  const token = tokens[at % tokens.length];
  // Spread over the hundred, so that every second has all of them: 37 has no divisor in common with 100.
  const kind = (at * 37) % 100;
  if (kind < 50 || (kind < 70 && resting === undefined)) return place(token, at);
  if (kind < 70) return takeBack();
  if (kind < 81) return http.get(`${url}/v1/orders?limit=20`, as(token, 'orders'));
  if (kind < 92) return http.get(`${url}/v1/portfolio`, as(token, 'portfolio'));
  if (kind < 96) return http.get(`${url}/v1/tickers`, as(token, 'tickers'));
  return http.get(`${url}/v1/instruments`, as(undefined, 'instruments'));
}

export default function iteration() {
  const answer = request(exec.scenario.iterationInTest);
  const served = check(answer, { 'it is served': ({ status }) => status === 200 || status === 202 });
  failed.add(!served);
  if (answer.status === 429) limited.add(1);
}

export const handleSummary = summary;
