// What both scripts are told by the environment, and what they hold against it. Tokens travel in the environment, never in arguments.
const number = (name, otherwise) => {
  const value = Number(__ENV[name] || otherwise);
  if (!(value > 0)) throw new Error(`${name} must be a number above 0, got ${__ENV[name]}`);
  return value;
};

export const url = (__ENV.API_URL || 'http://127.0.0.1:8080').replace(/\/$/, '');
export const tokens = (__ENV.API_TOKENS || __ENV.API_TOKEN || '').split(',').map((token) => token.trim()).filter((token) => token !== '');
if (tokens.length === 0) throw new Error('API_TOKENS must name at least one access token, separated by commas');

export const symbol = __ENV.SYMBOL || 'BTCUSDT';
// Far from any market, so that orders rest until they are taken back.
export const price = __ENV.PRICE || '1000';
export const quantity = __ENV.QUANTITY || '0.01';

// The documents' figures: 500 requests/s, 1,000 in a burst, 99 % of them within 100 ms.
export const rate = number('RATE', 500);
export const burst = number('BURST', 1000);
export const seconds = number('SECONDS', 120);
export const burstSeconds = number('BURST_SECONDS', 30);
export const p99 = number('P99_MS', 100);
export const errorRate = number('ERROR_RATE', 0.001);
export const sockets = number('SOCKETS', 100);

/** Writes the figures to the file that the program that started this reads. */
export function summary(data) {
  return { [__ENV.SUMMARY || 'load-summary.json']: JSON.stringify(data) };
}
