/** How commands reach the partitions that they are for, and how answers say where they are. */
import type { OrderEntry } from './entry';
import type { Turn } from './turns';
import { JournalUnavailableError } from '../../adapters/journal/journal-errors';
import { type Command, DomainError, type PartitionMap } from '../../domain';
import { stageOf } from '../../runtime';

/** Where one partition's journal has a command. */
export interface Place {
  readonly partition: number;
  readonly position: string;
}

/** Where the journal has what was asked for: one place, which names its partition when there are several, or one in each of them. */
export type Appended = { readonly partition?: number; readonly position: string } | { readonly positions: readonly Place[] };

/** Names a partition in an answer; a system with only one does not talk of it. */
export function named(partitions: PartitionMap, partition: number): { readonly partition?: number } {
  return partitions.several ? { partition } : {};
}

/** @throws DomainError `unknown_partition` */
export function requirePartition(partitions: PartitionMap, partition: number, field = 'partition'): number {
  if (!partitions.has(partition)) {
    throw new DomainError('unknown_partition', `There is no such partition; there are ${partitions.partitions.join(', ')}.`, { field });
  }
  return partition;
}

/** An asset exists in a partition whose instruments trade it: elsewhere nobody could do anything with it, and the core refuses it. */
export function requireAssetIn({ catalog, partitions }: OrderEntry, code: string, partition: number, field: string): { readonly decimals: number } {
  const asset = catalog.requireAsset(code);
  const trading = catalog.list().filter(({ base, quote }) => [base.code, quote.code].includes(code))
    .map(({ symbol }) => partitions.partitionOf(symbol));
  if (trading.includes(partition)) return asset;
  const where = [...new Set(trading)].sort((a, b) => a - b).join(', ');
  throw new DomainError('asset_not_in_partition', `No instrument of partition ${partition} trades ${code}; those of ${where} do.`, { field, partition });
}

/** Appends a command when those in front on its connection have their place. */
export async function appendInTurn(entry: OrderEntry, turn: Turn, partition: number, command: () => Command): Promise<string> {
  if (turn.ready) await turn.ready;
  const appended = stageOf('enqueue', () => entry.appender.append(partition, command()));
  turn.done();
  return appended;
}

/** Like `appendInTurn`, for what may concern several partitions. @throws JournalUnavailableError `unknown` when only some have it */
export async function appendAllInTurn(entry: OrderEntry, turn: Turn, targets: readonly number[], command: () => Command): Promise<Appended> {
  if (turn.ready) await turn.ready;
  const appended = appendAll(entry, targets, command());
  turn.done();
  return appended;
}

/** Appends a command to each of these partitions. @throws JournalUnavailableError `unknown` when only some have it */
export async function appendAll({ appender, partitions }: OrderEntry, targets: readonly number[], command: Command): Promise<Appended> {
  if (targets.length === 1) return { ...named(partitions, targets[0]), position: await appender.append(targets[0], command) };
  const results = await Promise.allSettled(targets.map((partition) => appender.append(partition, command)));
  const failures = results.flatMap((result, at) => (result.status === 'rejected' ? [{ partition: targets[at], reason: result.reason as unknown }] : []));
  if (failures.length === targets.length) throw failures[0].reason;
  if (failures.length > 0) {
    const lost = failures.map(({ partition, reason }) => `${partition}: ${reason instanceof Error ? reason.message : String(reason)}`).join('; ');
    throw new JournalUnavailableError(`not every partition has the command (${lost})`, 'unknown');
  }
  return { positions: results.map((result, at) => ({ partition: targets[at], position: (result as PromiseFulfilledResult<string>).value })) };
}
