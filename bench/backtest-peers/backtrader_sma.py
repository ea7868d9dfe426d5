"""Crossing averages in backtrader: reads bars as columns of doubles, prints one line of JSON."""
import hashlib
import json
import sys
import time

import backtrader as bt
import numpy
import pandas

path, fast, slow, rounds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
columns = numpy.fromfile(path, dtype="<f8").reshape(6, -1)
frame = pandas.DataFrame(
    {name: columns[i + 1] for i, name in enumerate(("open", "high", "low", "close", "volume"))},
    index=pandas.to_datetime(columns[0], unit="ms"),
)


class Cross(bt.Strategy):
    def __init__(self):
        close = self.data.close
        self.cross = bt.ind.CrossOver(bt.ind.SMA(close, period=fast), bt.ind.SMA(close, period=slow))
        self.fills = []

    def next(self):
        if self.cross[0] > 0 and not self.position:
            self.buy(size=1)
        elif self.cross[0] < 0 and self.position:
            self.sell(size=1)

    def notify_order(self, order):
        if order.status == order.Completed:
            self.fills.append(f"{'buy' if order.isbuy() else 'sell'} {round(order.executed.price)}\n")


seconds = []
for _ in range(rounds):
    cerebro = bt.Cerebro(stdstats=False)
    cerebro.adddata(bt.feeds.PandasData(dataname=frame))
    cerebro.addstrategy(Cross)
    cerebro.broker.setcash(1e12)
    started = time.perf_counter()
    (strategy,) = cerebro.run()
    seconds.append(time.perf_counter() - started)
print(json.dumps({
    "seconds": seconds,
    "fills": len(strategy.fills),
    "digest": hashlib.sha256("".join(strategy.fills).encode()).hexdigest(),
    "version": bt.__version__,
}))
