"""Crossing averages in nautilus_trader: reads bars as columns of doubles, prints one line of JSON."""
import hashlib
import json
import sys
import time
from decimal import Decimal

import nautilus_trader
import numpy
import pandas
from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
from nautilus_trader.config import LoggingConfig, StrategyConfig
from nautilus_trader.indicators import SimpleMovingAverage
from nautilus_trader.model.currencies import USDT
from nautilus_trader.model.data import BarType
from nautilus_trader.model.enums import AccountType, OmsType, OrderSide
from nautilus_trader.model.identifiers import Venue
from nautilus_trader.model.objects import Money
from nautilus_trader.persistence.wranglers import BarDataWrangler
from nautilus_trader.test_kit.providers import TestInstrumentProvider
from nautilus_trader.trading.strategy import Strategy

path, fast, slow, rounds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
columns = numpy.fromfile(path, dtype="<f8").reshape(6, -1)
instrument = TestInstrumentProvider.btcusdt_binance()
bar_type = BarType.from_str(f"{instrument.id}-1-MINUTE-LAST-EXTERNAL")
frame = pandas.DataFrame(
    {name: columns[i + 1] for i, name in enumerate(("open", "high", "low", "close", "volume"))},
    index=pandas.to_datetime(columns[0] + 60_000, unit="ms", utc=True),
)
bars = BarDataWrangler(bar_type, instrument).process(frame)


class Cross(Strategy):
    def __init__(self):
        super().__init__(StrategyConfig())
        self.fast = SimpleMovingAverage(fast)
        self.slow = SimpleMovingAverage(slow)
        self.sign = 0
        self.held = False
        self.fills = []
        self.size = instrument.make_qty(Decimal(1))

    def on_start(self):
        self.register_indicator_for_bars(bar_type, self.fast)
        self.register_indicator_for_bars(bar_type, self.slow)
        self.subscribe_bars(bar_type)

    def on_bar(self, bar):
        if not self.slow.initialized:
            return
        difference = self.fast.value - self.slow.value
        # What the running means lose to rounding is not a crossing.
        if abs(difference) < 1e-6:
            return
        sign = 1 if difference > 0 else -1
        before, self.sign = self.sign, sign
        if before == 0 or before == sign:
            return
        if (sign > 0) != self.held:
            self.held = sign > 0
            side = OrderSide.BUY if self.held else OrderSide.SELL
            self.submit_order(self.order_factory.market(instrument.id, side, self.size))

    def on_order_filled(self, event):
        self.fills.append(f"{'buy' if event.is_buy else 'sell'} {round(float(event.last_px))}\n")


seconds = []
for _ in range(rounds):
    engine = BacktestEngine(BacktestEngineConfig(logging=LoggingConfig(bypass_logging=True)))
    venue = Venue("BINANCE")
    engine.add_venue(venue, OmsType.NETTING, AccountType.CASH, [Money(10_000_000_000, USDT)], base_currency=None)
    engine.add_instrument(instrument)
    engine.add_data(bars)
    strategy = Cross()
    engine.add_strategy(strategy)
    started = time.perf_counter()
    engine.run()
    seconds.append(time.perf_counter() - started)
    fills = list(strategy.fills)
    engine.dispose()
print(json.dumps({
    "seconds": seconds,
    "fills": len(fills),
    "digest": hashlib.sha256("".join(fills).encode()).hexdigest(),
    "version": nautilus_trader.__version__,
}))
