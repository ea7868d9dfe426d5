/** The service itself, and what can be traded. */
import { formatDecimal, type Instrument } from '../../../domain';
import type { Allowances } from '../../http/limits';
import type { InstrumentCatalog } from '../../market/instrument-catalog';
import { eight } from '../amounts';
import type { Operation } from '../operation';
import { BINANCE_TYPES, SELF_TRADE_MODES } from '../terms';

const open = { scope: 'public', rate: 'public' } as const;
/** Largest count of ticks or lots that an order may have. */
const MOST = Number.MAX_SAFE_INTEGER;

export interface GeneralParts {
  readonly catalog: InstrumentCatalog;
  readonly allowances: Allowances;
}

export function generalOperations({ catalog, allowances }: GeneralParts): readonly Operation[] {
  return [
    { ...open, http: ['GET', '/ping'], ws: 'ping', handle: () => ({}) },
    { ...open, http: ['GET', '/time'], ws: 'time', handle: () => ({ serverTime: Date.now() }) },
    {
      ...open, http: ['GET', '/exchangeInfo'], ws: 'exchangeInfo',
      handle: (params) => {
        const symbol = params.text('symbol');
        const wanted = symbol === undefined ? params.list('symbols') : [symbol];
        const instruments = wanted?.map((one) => catalog.require(one)) ?? catalog.list();
        return { timezone: 'UTC', serverTime: Date.now(), rateLimits: rateLimits(allowances), exchangeFilters: [], symbols: instruments.map(symbolView) };
      },
    },
  ];
}

/** What one user may ask for. */
function rateLimits({ read, order }: Allowances): readonly object[] {
  return [['REQUEST_WEIGHT', read.user ?? read.address] as const, ['ORDERS', order.user ?? order.address] as const].map(([rateLimitType, { points, seconds }]) => (
    { rateLimitType, interval: 'SECOND', intervalNum: seconds, limit: points }));
}

function symbolView(instrument: Instrument): object {
  const { symbol, base, quote, tickSize, lotSize, tickUnits, tickDecimals, lotUnits, lotDecimals } = instrument;
  const most = (unit: number, decimals: number): string => eight(formatDecimal(Math.floor(MOST / 10 ** 6 / unit) * unit, decimals));
  return {
    symbol, status: 'TRADING', baseAsset: base.code, baseAssetPrecision: 8, quoteAsset: quote.code, quotePrecision: 8, quoteAssetPrecision: 8,
    baseCommissionPrecision: 8, quoteCommissionPrecision: 8, orderTypes: BINANCE_TYPES, icebergAllowed: false, ocoAllowed: true, otoAllowed: false,
    quoteOrderQtyMarketAllowed: true, allowTrailingStop: false, cancelReplaceAllowed: true, amendAllowed: false, pegInstructionsAllowed: false,
    isSpotTradingAllowed: true, isMarginTradingAllowed: false,
    filters: [
      { filterType: 'PRICE_FILTER', minPrice: eight(tickSize), maxPrice: most(tickUnits, tickDecimals), tickSize: eight(tickSize) },
      { filterType: 'LOT_SIZE', minQty: eight(lotSize), maxQty: most(lotUnits, lotDecimals), stepSize: eight(lotSize) },
      { filterType: 'MARKET_LOT_SIZE', minQty: eight(lotSize), maxQty: most(lotUnits, lotDecimals), stepSize: eight(lotSize) },
      {
        filterType: 'NOTIONAL', minNotional: eight(formatDecimal(instrument.minNotionalUnits, quote.decimals)), applyMinToMarket: true,
        maxNotional: eight(formatDecimal(MOST, quote.decimals)), applyMaxToMarket: false, avgPriceMins: 5,
      },
      ...(Number.isFinite(instrument.maxOpenOrders) ? [{ filterType: 'MAX_NUM_ORDERS', maxNumOrders: instrument.maxOpenOrders }] : []),
    ],
    permissions: [], permissionSets: [['SPOT']], defaultSelfTradePreventionMode: 'NONE', allowedSelfTradePreventionModes: SELF_TRADE_MODES,
  };
}
