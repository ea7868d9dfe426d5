import { NIL_UUID } from '..';
import { ByteReader, ByteWriter } from './bytes';
import { eventCodec } from './messages';
import { type FieldCodec, rejection, text, u16, u53, uuid } from './schema';

const [A, B, C] = ['11111111-1111-7111-8111-111111111111', '22222222-2222-7222-8222-222222222222', '33333333-3333-7333-8333-333333333333'];
const HEAD = { partition: 3, seq: 9, time: 1_000 };

/** A message as the build that knew no other form wrote it. */
function written(code: number, ...fields: readonly (readonly [unknown, unknown])[]): ByteReader {
  const out = new ByteWriter(64);
  out.u8(code);
  for (const [codec, value] of [[u16, 3], [u53, 9], [u53, 1_000], ...fields] as [FieldCodec<unknown>, unknown][]) codec.write(out, value);
  return new ByteReader(out.view());
}

test('a repeated order of before came with no list', () => {
  const from = written(5, [uuid, A], [uuid, B], [uuid, C], [text, 'mine']);
  expect(eventCodec.read(from)).toEqual({ type: 'order_duplicate', ...HEAD, orderId: A, originalOrderId: B, accountId: C, clientOrderId: 'mine', listId: NIL_UUID });
  expect(from.remaining).toBe(0);
});

test.each([['insufficient_funds', 'out'], ['unknown_asset', 'out'], ['out_of_range', 'in']])('of a transfer that was refused before, %s tells that it was to go %s', (reason, direction) => {
  const from = written(14, [uuid, A], [uuid, B], [text, 'USDT'], [u53, 7], [rejection, reason]);
  expect(eventCodec.read(from)).toEqual({ type: 'transfer_rejected', ...HEAD, transferId: A, accountId: B, asset: 'USDT', amount: 7, reason, direction });
  expect(from.remaining).toBe(0);
});

test('new ones have codes behind all others, so that an earlier build refuses them instead of misreading', () => {
  const codes = (['upgraded', 'transfer_rejected', 'order_duplicate', 'account_opened', 'account_reset', 'account_refused'] as const).map((type) => eventCodec.codeOf({ type } as never));
  expect(codes).toEqual([18, 19, 20, 21, 22, 23]);
});
