/** What the API answers, for the document and for the tests that hold the answers against it. */
import { z } from 'zod';
import { ORDER_TYPES, SELF_TRADE_PREVENTIONS, TIMES_IN_FORCE } from '../../domain';
import { FLOW_KINDS } from '../ledger/ledger-reader';

const decimal = () => z.string().meta({ description: 'A decimal as text.', examples: ['30000.1'] });
const signed = () => z.string().meta({ description: 'A decimal as text, possibly below zero.', examples: ['-12.5'] });
const uuid = () => z.string().meta({ format: 'uuid' });
const time = () => z.int().meta({ description: 'Milliseconds since 1970.' });
const partition = z.int().optional().meta({ description: 'In a system with several partitions.' });
const seq = z.int().optional().meta({ description: 'With source read_model: the event that the row shows.' });
const position = z.string().meta({ description: 'Where the journal has it.', examples: ['1024:0'] });

/** In a system with several partitions each of them says how recent its part is. */
const recency = {
  asOf: z.int().optional().meta({ description: 'Sequence of the last event that the answer includes.' }),
  asOfTime: time().nullable().optional().meta({
    description: 'When the ledger settled that event, in milliseconds since 1970: what was settled since, or is not settled yet, is not in the answer.',
  }),
  partitions: z.array(z.strictObject({ partition: z.int(), asOf: z.int(), asOfTime: time().nullable() })).optional(),
  source: z.literal('read_model').optional().meta({
    description: 'Read from the read model that settlement keeps, where the system has one: each row says in seq which event it shows.',
  }),
};

export const problem = z.looseObject({
  type: z.string(), title: z.string(), status: z.int(), detail: z.string(),
  code: z.string().meta({ description: 'For programs: never changes its meaning.', examples: ['insufficient_funds'] }),
}).meta({ id: 'Problem', description: 'Problem details (RFC 9457).' });

export const acceptedOrder = z.strictObject({ orderId: uuid(), clientOrderId: z.string(), partition, position }).meta({ id: 'AcceptedOrder' });

const places = z.array(z.strictObject({ partition: z.int(), position })).optional();
const place = { partition, position: position.optional(), positions: places };

const fillOfOrder = z.strictObject({
  price: decimal(), quantity: decimal(), liquidity: z.enum(['maker', 'taker']), fee: decimal().optional(), feeAsset: z.string().optional(),
  seq: z.int().meta({ description: 'Sequence of the trade.' }),
});

/** The core's verdict, of those who waited for it. */
export const decidedOrder = z.strictObject({
  orderId: uuid(), clientOrderId: z.string(), partition, position,
  status: z.enum(['open', 'filled', 'cancelled', 'rejected', 'duplicate']),
  reason: z.string().optional(), originalOrderId: uuid().optional(), remaining: decimal().optional(),
  fills: z.array(fillOfOrder), seq: z.int(), time: time(),
}).meta({ id: 'DecidedOrder' });

export const acceptedBatch = z.strictObject({
  results: z.array(z.union([
    z.strictObject({ status: z.literal(202), order: acceptedOrder }), z.strictObject({ status: z.literal(200), order: decidedOrder }),
    z.strictObject({ status: z.int(), problem }),
  ])),
}).meta({ id: 'AcceptedBatch' });

export const acceptedList = z.strictObject({
  listId: uuid(), orders: z.array(z.strictObject({ orderId: uuid(), clientOrderId: z.string() })), partition, position,
}).meta({ id: 'AcceptedList' });

/** The core's verdict on both orders of a list. */
export const decidedList = acceptedList.extend({ orders: z.array(decidedOrder.omit({ partition: true, position: true })) }).meta({ id: 'DecidedList' });

export const acceptedCancel = z.strictObject({ orderId: uuid().optional(), clientOrderId: z.string().optional(), ...place });
export const acceptedCancelAll = z.strictObject({ symbol: z.string().optional(), ...place });
export const acceptedAmend = z.strictObject({ orderId: uuid(), amendId: uuid(), partition, position });

/** The core's verdict on a change. */
export const decidedChange = z.strictObject({
  orderId: uuid(), amendId: uuid().optional(), partition, position,
  event: z.enum(['cancelled', 'cancel_rejected', 'amended', 'amend_rejected']),
  reason: z.string().optional(), price: decimal().optional(), quantity: decimal().optional(), remaining: decimal().optional(),
  seq: z.int(), time: time(),
}).meta({ id: 'DecidedChange' });

export const order = z.strictObject({
  orderId: uuid(), clientOrderId: z.string().optional(), symbol: z.string(), side: z.enum(['buy', 'sell']).optional(),
  type: z.enum(ORDER_TYPES).optional(), timeInForce: z.enum(TIMES_IN_FORCE).optional(), postOnly: z.boolean().optional(),
  selfTradePrevention: z.enum(SELF_TRADE_PREVENTIONS).optional(), listId: uuid().optional(),
  price: decimal().optional(), stopPrice: decimal().optional(), triggered: z.boolean().optional(), quoteQuantity: decimal().optional(),
  quantity: decimal().optional(), remaining: decimal().optional(), filled: decimal().optional(), filledQuote: decimal().optional(),
  status: z.enum(['pending', 'open', 'filled', 'cancelled', 'rejected']).meta({ description: 'pending: accepted, and not in the ledger yet.' }),
  reason: z.string().optional(), createdAt: time().optional(), updatedAt: time().optional(), partition,
  seq,
}).meta({ id: 'Order' });

const nextCursor = z.string().optional().meta({ description: 'There is more: ask again with it as cursor.' });

export const orderPage = z.strictObject({ ...recency, orders: z.array(order), nextCursor });

export const fillPage = z.strictObject({
  ...recency,
  fills: z.array(z.strictObject({
    seq: z.int(), orderId: uuid(), symbol: z.string(), side: z.enum(['buy', 'sell']), liquidity: z.enum(['maker', 'taker']),
    price: decimal().optional(), quantity: decimal().optional(), quoteQuantity: decimal().optional(), fee: decimal().optional(), feeAsset: z.string(),
    time: time(), partition,
  })),
  nextCursor,
});

export const portfolio = z.strictObject({
  ...recency,
  balances: z.array(z.strictObject({ asset: z.string(), free: decimal(), held: decimal(), total: decimal(), partition, seq })),
});

export const positions = z.strictObject({
  ...recency,
  positions: z.array(z.strictObject({
    symbol: z.string(), quantity: decimal(), averageEntryPrice: decimal().optional(), cost: signed(), realisedProfit: signed(),
    markPrice: decimal().optional(), value: decimal().optional(), unrealisedProfit: signed().optional(), fills: z.int(), partition,
  })),
});

export const accountState = z.strictObject({
  ...recency,
  status: z.enum(['open', 'not_open']),
  openedAt: time().optional(),
  startingBalances: z.array(z.strictObject({ asset: z.string(), amount: decimal(), partition })).meta({ description: 'What an opening or a reset gives.' }),
  lastReset: z.strictObject({ resetId: uuid(), time: time() }).optional(),
  resetAvailableAt: time().optional().meta({ description: 'When the next reset may be asked for; absent: now.' }),
});

export const acceptedOpening = z.strictObject({
  status: z.enum(['open', 'opening']).meta({ description: 'open: it was already, and nothing was asked of the core.' }), position: position.optional(), positions: places,
});
export const acceptedReset = z.strictObject({ resetId: uuid(), position: position.optional(), positions: places });

export const equityCurve = z.strictObject({
  ...recency,
  asset: z.string().meta({ description: 'What everything is valued in.', examples: ['USDT'] }),
  interval: z.string(),
  begins: z.strictObject({ kind: z.enum(['opening', 'reset']), time: time(), resetId: uuid().optional() }).optional().meta({
    description: 'The account\'s last reset, or else its opening; absent when neither was written down.',
  }),
  points: z.array(z.strictObject({
    time: time(), equity: decimal(), cash: decimal().meta({ description: 'What of it is in the asset of the curve.' }),
    profit: signed().meta({ description: 'Won or lost since the first point; flows are not in it.' }),
    flows: z.array(z.strictObject({
      kind: z.enum(FLOW_KINDS), asset: z.string(), amount: signed(), value: signed().optional().meta({ description: 'At the prices of the point; absent without one.' }),
    })).optional().meta({ description: 'Money that came in or went out since the point before.' }),
    unpriced: z.array(z.string()).optional().meta({ description: 'Assets that nobody knew a price of: they are not in equity.' }),
    present: z.literal(true).optional().meta({ description: 'The present, at the prices of the tickers.' }),
  })),
});

export const acceptedTransfer = z.strictObject({ transferId: uuid(), fromPartition: z.int(), toPartition: z.int(), position });

export const transferState = z.strictObject({
  transferId: uuid(), asset: z.string(), amount: decimal(), fromPartition: z.int(), toPartition: z.int().optional(), requestedAt: time(),
  status: z.enum(['refused', 'in_transit', 'completed']), reason: z.string().nullable().optional(), completedAt: time().optional(),
});

const apiKeyFacts = {
  id: uuid(), apiKey: z.string().meta({ description: 'What programs send to say who they are; not secret.' }), label: z.string(),
  permissions: z.array(z.enum(['read', 'trade'])), addresses: z.array(z.string()).meta({ description: 'Empty: from anywhere.' }), createdAt: time(),
};
export const newApiKey = z.strictObject({
  ...apiKeyFacts, secret: z.string().meta({ description: 'What requests are signed with. It is not shown again.' }),
}).meta({ id: 'NewApiKey' });
export const apiKeys = z.strictObject({ apiKeys: z.array(z.strictObject(apiKeyFacts)) });

const levels = z.array(z.tuple([decimal(), decimal()])).meta({ description: '[price, quantity], best first.' });
export const book = z.looseObject({ symbol: z.string(), seq: z.int(), time: time(), bids: levels, asks: levels });

const asset = z.strictObject({ code: z.string(), decimals: z.int() });
export const instruments = z.strictObject({
  instruments: z.array(z.strictObject({
    symbol: z.string(), base: asset, quote: asset, tickSize: decimal(), lotSize: decimal(), version: z.int(), rules: z.looseObject({}).optional(),
  })),
});

export const trades = z.strictObject({
  symbol: z.string(),
  trades: z.array(z.looseObject({ symbol: z.string(), seq: z.int(), time: time(), price: decimal(), quantity: decimal(), takerSide: z.enum(['buy', 'sell']) })),
});

export const ticker = z.strictObject({
  symbol: z.string(), lastPrice: decimal().optional(), lastQuantity: decimal().optional(), lastTime: time().optional(),
  bidPrice: decimal().optional(), bidQuantity: decimal().optional(), askPrice: decimal().optional(), askQuantity: decimal().optional(),
  market: z.looseObject({ lastPrice: decimal() }).optional().meta({ description: 'The last 24 hours of the market that is streamed.' }),
}).meta({ id: 'Ticker' });
export const tickers = z.strictObject({ tickers: z.array(ticker) });

export const candles = z.strictObject({
  symbol: z.string(), interval: z.string(),
  candles: z.array(z.strictObject({
    openTime: time(), open: decimal(), high: decimal(), low: decimal(), close: decimal(), volume: decimal(), turnover: decimal(),
  })),
});

export const replayBars = z.strictObject({
  symbol: z.string(), interval: z.string(),
  bars: z.array(z.strictObject({
    openTime: time(), open: decimal(), high: decimal(), low: decimal(), close: decimal(), volume: decimal(), turnover: decimal(),
    missingMinutes: z.int().optional().meta({ description: 'Minutes of the bar that the history lacks; absent when it has all.' }),
  })),
  gaps: z.array(z.strictObject({
    day: z.string().meta({ description: 'A day in UTC.', examples: ['2025-12-10'] }),
    status: z.enum(['missing', 'incomplete', 'unreadable']).meta({
      description: 'missing: the index has no such day. incomplete: it has fewer minutes than a day. unreadable: the file is away, damaged or not the one of the index.',
    }),
    minutes: z.int().meta({ description: 'Minutes that the index has of the day.' }), expected: z.int(),
  })).meta({ description: 'Days of this page that are not whole. Nothing stands in for what they lack.' }),
  nextCursor,
});

export const serverTime = z.strictObject({ time: time() });
export const session = z.strictObject({ accessToken: z.string(), expiresIn: z.int() });
const sessionFacts = {
  id: z.string(), signedInAt: time(), lastSeenAt: time(), expiresAt: time(), client: z.string().optional().meta({ description: 'What the program called itself.' }),
};
export const sessions = z.strictObject({ sessions: z.array(z.strictObject({ ...sessionFacts, current: z.boolean() })) });
const refreshTokensRevoked = z.boolean().meta({ description: 'Whether the user pool took it; a session that is over gets no token here either way.' });
export const endedSession = z.strictObject({
  ended: z.boolean().meta({ description: 'false where the system keeps no sessions: access tokens are good until they expire.' }), refreshTokensRevoked,
});
export const endedSessions = z.strictObject({ ended: z.int().meta({ description: 'Sessions that were known.' }), refreshTokensRevoked, apiKeysDeleted: z.int() });
export const signInOptions = z.strictObject({
  password: z.boolean(), remember: z.boolean().meta({ description: 'Whether a browser can stay signed in.' }),
  sessions: z.boolean().meta({ description: 'Whether sessions are kept, and can be listed and ended.' }),
  federated: z.array(z.strictObject({ provider: z.string(), url: z.string() })),
});
export const health = z.looseObject({ status: z.enum(['ok', 'degraded', 'unhealthy']) });
export const status = z.looseObject({ time: time() });
export const acceptedByOperator = z.looseObject({ ...place }).meta({ description: 'Where the journal has the command.' });
