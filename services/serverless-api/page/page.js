// The simulator in one page: sign in, trade, look at what one owns. Everything comes from the API of the same origin.
const $ = (id) => document.getElementById(id);
// The stage of the API when the page is not behind CloudFront, as in `?api=http://localhost:1234/live`.
const api = new URLSearchParams(location.search).get('api') ?? '';
let token;
let socket;

async function call(method, path, body) {
  const headers = { ...(token && { authorization: `Bearer ${token}` }), ...(body && { 'content-type': 'application/json' }) };
  const response = await fetch(`${api}${path}`, { method, headers, body: body && JSON.stringify(body) });
  const answer = await response.json().catch(() => ({}));
  if (response.status === 401 && token) signOut();
  if (!response.ok) throw new Error(answer.message ?? `The API answered with ${response.status}.`);
  return answer;
}

function notice(text) {
  $('notice').textContent = text ?? '';
  $('notice').hidden = !text;
}

/** Runs what a person asked for; what goes wrong is shown to them. */
const attempt = (work) => async (event) => {
  event?.preventDefault();
  notice();
  try {
    await work(event);
  } catch (error) {
    notice(error.message);
  }
};

/** Rows of a table from texts alone: nothing that comes from outside is ever markup. */
function rows(id, lines) {
  $(id).replaceChildren(...lines.map((cells) => {
    const row = document.createElement('tr');
    row.append(...cells.map((text) => {
      const cell = document.createElement('td');
      cell.textContent = text ?? '–';
      return cell;
    }));
    return row;
  }));
}

async function refresh() {
  const symbol = $('symbol').value;
  const [portfolio, { trades }, { prices }] = await Promise.all([
    call('GET', '/v1/portfolio'), call('GET', '/v1/trades?limit=20'), call('GET', `/v1/symbols/${symbol}/prices?limit=1`),
  ]);
  $('worth').textContent = portfolio.portfolioValue ?? '–';
  $('currency').textContent = portfolio.currency;
  rows('balances', portfolio.balances.map(({ asset, amount, value }) => [asset, amount, value]));
  rows('trades', trades.map((one) => [new Date(one.timestamp).toLocaleString(), one.symbol, one.action, one.quantity, one.price, one.amount]));
  $('price').textContent = prices[0]?.price ?? '–';
  await refreshBacktests();
}

async function refreshBacktests() {
  try {
    const { backtests } = await call('GET', '/v1/backtests?limit=10');
    rows('backtests', backtests.map(({ createdAt, job, status, weight, summary, failure }) => [
      new Date(createdAt).toLocaleString(), job.symbols.join(', '), `${job.from} – ${job.to}`, failure?.message ?? `${status} (${weight})`, summary?.finalBalance,
    ]));
  } catch {
    // The smallest stage has no backtests.
    $('backtests-section').hidden = true;
  }
}

/** Live prices where the simulator has them; elsewhere the page asks again. */
async function listen() {
  const { streamUrl } = await fetch('config.json').then((response) => response.json()).catch(() => ({}));
  if (!streamUrl) return;
  socket = new WebSocket(streamUrl, token);
  const channels = [...$('symbol').options].map(({ value }) => `ticker.${value}`);
  socket.onopen = () => socket.send(JSON.stringify({ op: 'subscribe', channels }));
  socket.onmessage = ({ data }) => {
    const tick = JSON.parse(data).data;
    if (tick?.symbol === $('symbol').value) $('price').textContent = tick.price;
  };
}

function signOut() {
  token = undefined;
  socket?.close();
  document.querySelector('main').hidden = $('sign-out').hidden = true;
  $('sign-in').hidden = false;
}

$('sign-in').onsubmit = attempt(async ({ target }) => {
  const { accessToken } = await call('POST', '/v1/sessions', Object.fromEntries(new FormData(target)));
  token = accessToken;
  target.reset();
  target.hidden = true;
  document.querySelector('main').hidden = $('sign-out').hidden = false;
  await Promise.all([refresh(), listen()]);
});
$('sign-out').onclick = signOut;
$('symbol').onchange = attempt(refresh);
// One id per click: whatever is sent twice happens once.
$('trade').onsubmit = attempt(async ({ target, submitter }) => {
  const { symbol, quantity } = Object.fromEntries(new FormData(target));
  const { trade } = await call('POST', '/v1/trades', { symbol, quantity, action: submitter.value, clientTradeId: crypto.randomUUID() });
  $('answer').textContent = `${trade.action} ${trade.quantity} at ${trade.price}: ${trade.amount}`;
  await refresh();
});
$('backtest').onsubmit = attempt(async ({ target }) => {
  const { from, to, fast, slow } = Object.fromEntries(new FormData(target));
  const strategy = { type: 'sma-cross', fast: Number(fast), slow: Number(slow) };
  await call('POST', '/v1/backtests', { symbol: $('symbol').value, from, to, intervalMinutes: 60, strategy });
  await refreshBacktests();
});
setInterval(() => { if (token) refresh().catch(() => undefined); }, 15_000);
attempt(async () => {
  const { instruments } = await call('GET', '/v1/instruments');
  $('symbol').replaceChildren(...instruments.map(({ symbol }) => new Option(symbol)));
})();
