import fc from 'fast-check';
import { type BookDifference, type BookPicture, DepthBook, type Level } from './depth-book';

type Side = ReadonlyMap<number, number>;
interface State {
  readonly seq: number;
  readonly bids: Side;
  readonly asks: Side;
}

const levels = (side: Side, sign: 1 | -1): Level[] =>
  [...side].sort(([a], [b]) => sign * (a - b)).map(([price, quantity]): Level => [`${price}.5`, String(quantity)]);
const picture = ({ seq, bids, asks }: State): BookPicture => ({ symbol: 'BTCUSDT', seq, time: seq, bids: levels(bids, -1), asks: levels(asks, 1) });

/** As the venue makes them: what is new, other or gone. */
function difference(before: State, after: State): BookDifference {
  const changes = (a: Side, b: Side): Level[] => [
    ...[...b].filter(([price, quantity]) => a.get(price) !== quantity).map(([price, quantity]): Level => [`${price}.5`, String(quantity)]),
    ...[...a.keys()].filter((price) => !b.has(price)).map((price): Level => [`${price}.5`, '0']),
  ];
  return {
    symbol: 'BTCUSDT',
    previousSeq: before.seq,
    seq: after.seq,
    time: after.seq,
    bids: changes(before.bids, after.bids),
    asks: changes(before.asks, after.asks),
  };
}

const side = fc.array(fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 9 })), { maxLength: 6 }).map((rows) => new Map(rows));
const histories = fc
  .array(fc.record({ step: fc.integer({ min: 1, max: 5 }), bids: side, asks: side }), { minLength: 2, maxLength: 20 })
  .map((rows) => {
    let seq = 0;
    return rows.map(({ step, bids, asks }): State => ({ seq: (seq += step), bids, asks }));
  });

test('a picture of any moment and the differences around it make the book of the last', () => {
  fc.assert(
    fc.property(histories, fc.nat(), fc.nat(), (states, at, late) => {
      const of = at % states.length;
      const book = new DepthBook('BTCUSDT');
      const differences = states.slice(1).map((state, index) => difference(states[index], state));
      // The picture arrives after some of the differences, of its past and of its future.
      const before = Math.min(differences.length, late % (differences.length + 1));
      for (const one of differences.slice(0, before)) book.apply(one);
      book.begin(picture(states[of]));
      for (const one of differences.slice(before)) book.apply(one);
      // One from a later moment than what came can only be waited for.
      if (book.view) {
        expect(book.view).toEqual(
          picture(
            states[
              Math.max(
                of,
                states.findIndex(({ seq }) => seq === book.view!.seq),
              )
            ],
          ),
        );
      }
      expect(book.needsPicture).toBe(false);
      expect(book.view?.seq).toBe(states.at(-1)!.seq);
    }),
  );
});

test('whatever is lost, doubled or out of order: what is shown was the book at its sequence, or nothing is shown', () => {
  fc.assert(
    fc.property(histories, fc.array(fc.nat(), { maxLength: 40 }), (states, order) => {
      const book = new DepthBook('BTCUSDT');
      const differences = states.slice(1).map((state, index) => difference(states[index], state));
      book.begin(picture(states[0]));
      for (const at of order) {
        book.apply(differences[at % differences.length]);
        if (book.view) expect(book.view).toEqual(picture(states.find(({ seq }) => seq === book.view!.seq)!));
      }
      book.begin(picture(states.at(-1)!));
      expect(book.view).toEqual(picture(states.at(-1)!));
    }),
  );
});

test('a gap ends the book until there is a new picture', () => {
  const [first, second, third] = [10, 20, 30].map((seq): State => ({ seq, bids: new Map([[1, seq]]), asks: new Map([[5, seq]]) }));
  const book = new DepthBook('BTCUSDT');
  book.begin(picture(first));
  book.apply(difference(second, third));
  expect(book.needsPicture).toBe(true);
  expect(book.view).toBeUndefined();
  // A picture from before the gap does not close it.
  book.begin(picture(first));
  expect(book.needsPicture).toBe(true);
  book.begin(picture(second));
  expect(book.view).toEqual(picture(third));
});

test('a picture between two published ones fits no difference', () => {
  const [first, second] = [10, 20].map((seq): State => ({ seq, bids: new Map([[1, seq]]), asks: new Map() }));
  const book = new DepthBook('BTCUSDT');
  book.begin(picture({ ...first, seq: 15 }));
  book.apply(difference(first, second));
  expect(book.needsPicture).toBe(true);
});

test('another symbol changes nothing', () => {
  const book = new DepthBook('BTCUSDT');
  book.begin({ ...picture({ seq: 1, bids: new Map(), asks: new Map() }), symbol: 'ETHUSDT' });
  expect(book.needsPicture).toBe(true);
});

test('levels keep their order by value, not by text', () => {
  const book = new DepthBook('BTCUSDT');
  book.begin({ symbol: 'BTCUSDT', seq: 1, time: 1, bids: [['9', '1']], asks: [['10', '1']] });
  book.apply({
    symbol: 'BTCUSDT',
    previousSeq: 1,
    seq: 2,
    time: 2,
    bids: [['9.5', '2']],
    asks: [
      ['100', '2'],
      ['11', '3'],
    ],
  });
  expect(book.view).toMatchObject({
    bids: [
      ['9.5', '2'],
      ['9', '1'],
    ],
    asks: [
      ['10', '1'],
      ['11', '3'],
      ['100', '2'],
    ],
  });
});
