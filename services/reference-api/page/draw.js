// Turns state into rows. Text only ever enters as text.

const LEVELS = 8;
const time = (ms) => (ms ? new Date(ms).toLocaleTimeString() : '');

function row(cells, className) {
  const tr = document.createElement('tr');
  if (className) tr.className = className;
  for (const cell of cells) {
    const td = document.createElement('td');
    if (cell instanceof Node) td.append(cell);
    else td.textContent = cell ?? '';
    tr.append(td);
  }
  return tr;
}

function empty(columns, text) {
  const tr = row([text], 'quiet');
  tr.firstChild.colSpan = columns;
  return tr;
}

export function drawTicker($, ticker) {
  const set = (id, text) => {
    $(id).textContent = text ?? '–';
  };
  set('last-price', ticker?.lastPrice);
  set('bid-price', ticker?.bidPrice);
  set('ask-price', ticker?.askPrice);
  set('high', ticker?.high24h);
  set('low', ticker?.low24h);
  set('volume', ticker?.volume24h);
  set('source', ticker?.source);
}

export function drawBook($, book) {
  const { bids = [], asks = [] } = book ?? {};
  $('asks').replaceChildren(...asks.slice(0, LEVELS).reverse().map((level) => row(level)));
  $('bids').replaceChildren(...bids.slice(0, LEVELS).map((level) => row(level)));
  $('spread').textContent = bids.length > 0 && asks.length > 0 ? `${bids[0][0]} – ${asks[0][0]}` : 'no two sides';
}

export function drawTrades(body, trades) {
  body.replaceChildren(...trades.map((trade) => row([time(trade.time), trade.price, trade.quantity], trade.takerSide)));
  if (trades.length === 0) body.append(empty(3, 'none yet'));
}

export function drawBalances(body, balances) {
  body.replaceChildren(...balances.map(({ asset, free, held }) => row([asset, free, held])));
  if (balances.length === 0) body.append(empty(3, 'nothing'));
}

export function drawOrders(body, orders, cancel) {
  const newest = orders.sort((a, b) => (b.createdAt ?? 0) - (a.createdAt ?? 0)).slice(0, 50);
  body.replaceChildren(...newest.map((order) => {
    const button = document.createElement('button');
    button.textContent = 'Cancel';
    button.setAttribute('aria-label', `Cancel order ${order.orderId}`);
    button.addEventListener('click', () => {
      button.disabled = true;
      cancel(order.orderId);
    });
    const state = order.reason && order.status !== 'open' ? `${order.status} (${order.reason})` : order.status;
    return row([
      time(order.createdAt), order.symbol, order.side, order.type, order.price ?? 'market', order.quantity, order.remaining, state,
      order.status === 'open' ? button : '',
    ]);
  }));
  if (orders.length === 0) body.append(empty(9, 'none yet'));
}

function healthRow(name, state, text) {
  const li = document.createElement('li');
  li.dataset.state = state;
  const span = document.createElement('span');
  span.textContent = text;
  li.append(name, span);
  return li;
}

const seconds = (ms) => `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s ago`;

export function drawHealth(list, status, symbol) {
  if (!status) return list.replaceChildren(healthRow('API', 'bad', 'does not answer'));
  const { api, data, ledger, settlementLag } = status;
  const apiState = { ok: 'ok', degraded: 'warn' }[api.status] ?? 'bad';
  const of = data.find((one) => one.symbol === symbol) ?? data[0];
  const tickerAge = of?.tickerAgeMs ?? null;
  const checks = Object.entries(api.checks).map(([name, problem]) => healthRow(`· ${name}`, problem === 'ok' ? 'ok' : 'warn', problem));
  const settlement = ledger?.halted ? ['bad', `halted: ${ledger.halted}`]
    : settlementLag === null ? ['', 'unknown'] : [settlementLag > 1000 ? 'warn' : 'ok', settlementLag === 0 ? 'up to date' : `${settlementLag} ${settlementLag === 1 ? 'event' : 'events'} behind`];
  list.replaceChildren(
    healthRow('API', apiState, api.status),
    ...checks,
    healthRow('Streamer', tickerAge === null ? 'bad' : tickerAge > 10_000 ? 'warn' : 'ok', tickerAge === null ? 'no data' : `tick ${seconds(tickerAge)}`),
    healthRow('Matcher', of?.bookSeq ? 'ok' : '', of?.bookSeq ? `event ${of.bookSeq}, ${seconds(of.bookAgeMs)}` : 'no book yet'),
    healthRow('Settlement', ...settlement),
  );
}
