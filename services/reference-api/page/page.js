// The live page: one state, drawn again when something in it changes.
import { api, isExpired, session, signIn, signOut } from './session.js';
import { connect } from './stream.js';
import { drawBalances, drawBook, drawHealth, drawOrders, drawTicker, drawTrades } from './draw.js';

const $ = (id) => document.getElementById(id);
const state = { symbol: '', ticker: undefined, book: undefined, trades: [], orders: new Map(), balances: [], lastMessage: undefined };
let stream;
let dirty = new Set();

/** Draws each part at most once per frame, however many messages come. */
function changed(...parts) {
  if (dirty.size === 0) requestAnimationFrame(draw);
  for (const part of parts) dirty.add(part);
}

function draw() {
  const parts = dirty;
  dirty = new Set();
  if (parts.has('ticker')) drawTicker($, state.ticker);
  if (parts.has('book')) drawBook($, state.book);
  if (parts.has('trades')) drawTrades($('trade-rows'), state.trades);
  if (parts.has('orders')) drawOrders($('order-rows'), [...state.orders.values()], cancel);
  if (parts.has('balances')) drawBalances($('balance-rows'), state.balances);
}

function notice(text) {
  $('notice').textContent = text ?? '';
  $('notice').hidden = !text;
}

function onMessage(channel, data) {
  state.lastMessage = Date.now();
  const [kind] = channel.split('.');
  if (kind === 'ticker') state.ticker = data;
  if (kind === 'book') state.book = data;
  if (kind === 'trades') state.trades = [data, ...state.trades].slice(0, 20);
  if (kind === 'orders') {
    applyOrder(data);
    loadBalancesSoon();
  }
  changed(kind);
}

/** Brings a message about one of our orders into the list. */
function applyOrder(update) {
  if (update.event === 'duplicate' || update.event === 'cancel_rejected') return;
  const before = state.orders.get(update.orderId) ?? { createdAt: update.time };
  if (before.seq !== undefined && before.seq >= update.seq) return;
  const known = Object.fromEntries(Object.entries(update).filter(([, value]) => value !== undefined));
  state.orders.set(update.orderId, { ...before, ...known });
}

async function loadOrders() {
  const { asOf, orders } = await api('GET', '/v1/orders?limit=50');
  for (const order of orders) {
    const live = state.orders.get(order.orderId);
    // What came over the stream may be ahead of the ledger.
    if (!live?.seq || live.seq <= asOf) state.orders.set(order.orderId, { ...order, seq: asOf });
    else live.createdAt = order.createdAt;
  }
  changed('orders');
}

async function loadBalances() {
  state.balances = (await api('GET', '/v1/portfolio')).balances;
  changed('balances');
}

let balanceTimer;
/** The ledger follows the stream by a moment. */
function loadBalancesSoon() {
  clearTimeout(balanceTimer);
  balanceTimer = setTimeout(() => loadBalances().catch(() => undefined), 400);
}

async function cancel(orderId) {
  try {
    await api('DELETE', `/v1/orders/${orderId}`);
  } catch (error) {
    notice(error.message);
  }
}

function subscribe(symbol) {
  if (symbol === state.symbol) return;
  const names = (of) => ['ticker', 'book', 'trades'].map((kind) => `${kind}.${of}`);
  if (state.symbol) stream?.unsubscribe(names(state.symbol));
  Object.assign(state, { symbol, ticker: undefined, book: undefined, trades: [] });
  changed('ticker', 'book', 'trades');
  stream?.subscribe(names(symbol));
}

function open() {
  $('sign-in').hidden = true;
  $('signed-in').hidden = false;
  $('who').textContent = session().username;
  $('place').disabled = false;
  $('place').textContent = 'Place order';
  stream = connect(session().token, {
    onMessage,
    onState: (text, kind) => Object.assign($('connection'), { textContent: text }).setAttribute('data-state', kind),
    onReady: () => {
      state.trades = [];
      Promise.all([loadOrders(), loadBalances()]).catch((error) => notice(error.message));
    },
    onGap: () => loadOrders().catch(() => undefined),
    isExpired,
    onExpired: () => leave('The session has ended; sign in again.'),
  });
  const { symbol } = state;
  state.symbol = '';
  stream.subscribe(['orders']);
  if (symbol) subscribe(symbol);
}

function leave(text) {
  stream?.close();
  stream = undefined;
  signOut();
  state.orders.clear();
  state.balances = [];
  changed('orders', 'balances');
  $('sign-in').hidden = false;
  $('signed-in').hidden = true;
  $('place').disabled = true;
  $('place').textContent = 'Sign in to trade';
  notice(text);
}

$('sign-in').addEventListener('submit', async (event) => {
  event.preventDefault();
  const form = new FormData(event.target);
  try {
    await signIn(form.get('username'), form.get('password'));
    event.target.reset();
    notice();
    open();
  } catch (error) {
    notice(error.message);
  }
});
$('sign-out').addEventListener('click', () => leave());
$('symbol').addEventListener('change', (event) => subscribe(event.target.value));

$('order').addEventListener('change', () => {
  const market = new FormData($('order')).get('type') === 'market';
  $('price-field').hidden = market;
  $('price-field').querySelector('input').disabled = market;
});
$('order').addEventListener('submit', async (event) => {
  event.preventDefault();
  const fields = Object.fromEntries(new FormData(event.target));
  $('place').disabled = true;
  try {
    // One id per click, so that a repetition after a lost answer cannot buy twice.
    const body = { symbol: state.symbol, ...fields, clientOrderId: crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`.slice(0, 36) };
    const { orderId } = await api('POST', '/v1/orders', body);
    $('order-answer').textContent = `Accepted as ${orderId}`;
  } catch (error) {
    $('order-answer').textContent = error.message;
  } finally {
    $('place').disabled = false;
  }
});

async function loadInstruments() {
  const { instruments } = await api('GET', '/v1/instruments');
  const select = $('symbol');
  if (select.options.length !== instruments.length) {
    select.replaceChildren(...instruments.map(({ symbol }) => new Option(symbol, symbol)));
    if (instruments.length > 0) {
      subscribe(state.symbol || instruments[0].symbol);
      select.value = state.symbol;
    }
  }
  if (instruments.length === 0) setTimeout(() => loadInstruments().catch(() => undefined), 2000);
}

async function watchHealth() {
  try {
    drawHealth($('health-rows'), await api('GET', '/v1/status'), state.symbol);
  } catch (error) {
    drawHealth($('health-rows'), undefined);
  }
  setTimeout(watchHealth, 3000);
}

setInterval(() => {
  $('age').textContent = state.lastMessage ? `last data ${((Date.now() - state.lastMessage) / 1000).toFixed(0)} s ago` : '';
  if (session() && isExpired()) leave('The session has ended; sign in again.');
}, 1000);
loadInstruments().catch((error) => notice(error.message));
watchHealth();
if (session()) open();
