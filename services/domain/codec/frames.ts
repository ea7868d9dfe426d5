/** How commands travel in the journal and events in the queue: a header with a checksum, then the messages. */
import { crc32 } from 'node:zlib';
import type { Command } from '../command';
import { CorruptDataError } from '../errors';
import type { Event } from '../event';
import { ByteReader, ByteWriter } from './bytes';
import { readCommand, writeCommand } from './commands';
import { eventCodec } from './messages';
import { type CommandTrace, type EventTrace, readTraces, TRACES_OVERHEAD, writeTraces } from './traces';

const COMMANDS = 0xc1;
const EVENTS = 0xe1;
const VERSION = 2;
/** A batch of commands with a section of traces behind them; a batch without one is of the version before, to the byte. */
const TRACED = 3;
/** kind, version, partition, checksum */
const HEADER = 8;
const CHECKSUM_AT = 4;

function begin(kind: number, partition: number, version = VERSION): ByteWriter {
  const out = new ByteWriter(1024);
  out.u8(kind);
  out.u8(version);
  out.u16(partition);
  out.u32(0);
  return out;
}

/** Over everything but itself: a flipped partition must not go unnoticed either. */
function checksum(frame: Uint8Array): number {
  return crc32(frame.subarray(HEADER), crc32(frame.subarray(0, CHECKSUM_AT)));
}

function finish(out: ByteWriter): Buffer {
  out.patchU32(checksum(out.view()), CHECKSUM_AT);
  return Buffer.from(out.view());
}

function open(data: Uint8Array, kind: number, what: string, newest = VERSION): { version: number; partition: number; body: ByteReader } {
  const from = new ByteReader(data);
  const found = from.u8();
  if (found !== kind) throw new CorruptDataError(`expected ${what}, found a frame of kind 0x${found.toString(16)}`);
  const version = from.u8();
  if (version < VERSION || version > newest) throw new CorruptDataError(`${what} of version ${version} cannot be read; this build knows ${VERSION}${newest > VERSION ? ` to ${newest}` : ''}`);
  const partition = from.u16();
  const sum = from.u32();
  if (checksum(data) !== sum) throw new CorruptDataError(`${what}: the checksum does not match`);
  return { version, partition, body: new ByteReader(data.subarray(HEADER)) };
}

/** One encoded command, ready to be joined with others to a batch. */
export function encodeCommand(command: Command): Buffer {
  const out = new ByteWriter(160);
  writeCommand(out, command);
  return Buffer.from(out.view());
}

/**
 * Joins encoded commands to the frame that becomes one journal record.
 *
 * @param traces of those commands that are traced, in their order; without any, nothing is added
 */
export function encodeCommandBatch(partition: number, commands: readonly Uint8Array[], traces: readonly CommandTrace[] = []): Buffer {
  const out = begin(COMMANDS, partition, traces.length > 0 ? TRACED : VERSION);
  out.u32(commands.length);
  for (const command of commands) out.bytes(command);
  if (traces.length > 0) writeTraces(out, traces);
  return finish(out);
}

/** Bytes that a batch needs beyond those of its commands. */
export const BATCH_OVERHEAD = HEADER + 4;

/** What the head of a batch says of it. */
export interface CommandBatchHead {
  readonly partition: number;
  readonly count: number;
  /** The byte at which the first command begins, a multiple of four. */
  readonly firstByte: number;
  /** The byte behind the last command; traces may follow. */
  readonly endByte: number;
}

/**
 * Checks the head and the checksum of a record, and no more.
 *
 * @throws CorruptDataError when it is not a batch of commands of a version that this build knows, or damaged
 */
export function openCommandBatch(data: Uint8Array): CommandBatchHead {
  const { version, partition, body } = open(data, COMMANDS, 'a command batch', TRACED);
  return { partition, count: body.u32(), firstByte: BATCH_OVERHEAD, endByte: endOfCommands(data, version) };
}

function endOfCommands(data: Uint8Array, version: number): number {
  if (version < TRACED) return data.length;
  const from = data.length - TRACES_OVERHEAD;
  const end = from - (from < BATCH_OVERHEAD ? 0 : Buffer.from(data.buffer, data.byteOffset + from, TRACES_OVERHEAD).readUInt32LE());
  if (from < BATCH_OVERHEAD || end < BATCH_OVERHEAD) throw new CorruptDataError(`a command batch of ${data.length} bytes has no room for its traces`);
  return end;
}

/** A batch of commands as it was appended. */
export interface CommandBatch {
  readonly partition: number;
  readonly commands: readonly Command[];
  /** Of those commands that are traced; absent when none is. */
  readonly traces?: readonly CommandTrace[];
}

/** @throws CorruptDataError when the record is not exactly what was appended */
export function decodeCommandBatch(data: Uint8Array): CommandBatch {
  const { partition, count, firstByte, endByte } = openCommandBatch(data);
  const body = new ByteReader(data.subarray(firstByte, endByte));
  const commands = Array.from({ length: count }, () => readCommand(body));
  if (body.remaining > 0) throw new CorruptDataError(`a command batch has ${body.remaining} bytes too many`);
  if (endByte === data.length) return { partition, commands };
  return { partition, commands, traces: readTraces(new ByteReader(data.subarray(endByte)), count) };
}

/** A gapless run of events of one partition, with the epoch of the leader that sends it. */
export interface EventRun {
  readonly partition: number;
  readonly epoch: number;
  readonly events: readonly Event[];
  /** Of those events that are traced; not a part of the encoded run, but beside it. */
  readonly traces?: readonly EventTrace[];
}

export function encodeEventRun(run: EventRun): Buffer {
  const out = begin(EVENTS, run.partition);
  out.u53(run.epoch);
  out.u32(run.events.length);
  for (const event of run.events) eventCodec.write(out, event);
  return finish(out);
}

/** @throws CorruptDataError when the run is not exactly what was sent, is empty, or has a gap */
export function decodeEventRun(data: Uint8Array): EventRun {
  const { partition, body } = open(data, EVENTS, 'an event run');
  const epoch = body.u53();
  const events = Array.from({ length: body.u32() }, () => eventCodec.read(body));
  if (body.remaining > 0) throw new CorruptDataError(`an event run has ${body.remaining} bytes too many`);
  if (events.length === 0) throw new CorruptDataError('an event run is empty');
  events.forEach((event, i) => {
    if (event.partition !== partition || event.seq !== events[0].seq + i) {
      throw new CorruptDataError(`event ${event.partition}/${event.seq} does not continue the run from ${partition}/${events[0].seq}`);
    }
  });
  return { partition, epoch, events };
}
