/** How commands travel in the journal and events in the queue: a header with a checksum, then the messages. */
import { crc32 } from 'node:zlib';
import type { Command } from '../command';
import { CorruptDataError } from '../errors';
import type { Event } from '../event';
import { ByteReader, ByteWriter } from './bytes';
import { readCommand, writeCommand } from './commands';
import { eventCodec } from './messages';

const COMMANDS = 0xc1;
const EVENTS = 0xe1;
const VERSION = 2;
/** kind, version, partition, checksum */
const HEADER = 8;
const CHECKSUM_AT = 4;

function begin(kind: number, partition: number): ByteWriter {
  const out = new ByteWriter(1024);
  out.u8(kind);
  out.u8(VERSION);
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

function open(data: Uint8Array, kind: number, what: string): { partition: number; body: ByteReader } {
  const from = new ByteReader(data);
  const found = from.u8();
  if (found !== kind) throw new CorruptDataError(`expected ${what}, found a frame of kind 0x${found.toString(16)}`);
  const version = from.u8();
  if (version !== VERSION) throw new CorruptDataError(`${what} of version ${version} cannot be read; this build knows ${VERSION}`);
  const partition = from.u16();
  const sum = from.u32();
  if (checksum(data) !== sum) throw new CorruptDataError(`${what}: the checksum does not match`);
  return { partition, body: new ByteReader(data.subarray(HEADER)) };
}

/** One encoded command, ready to be joined with others to a batch. */
export function encodeCommand(command: Command): Buffer {
  const out = new ByteWriter(160);
  writeCommand(out, command);
  return Buffer.from(out.view());
}

/** Joins encoded commands to the frame that becomes one journal record. */
export function encodeCommandBatch(partition: number, commands: readonly Uint8Array[]): Buffer {
  const out = begin(COMMANDS, partition);
  out.u32(commands.length);
  for (const command of commands) out.bytes(command);
  return finish(out);
}

/** Bytes that a batch needs beyond those of its commands. */
export const BATCH_OVERHEAD = HEADER + 4;

/**
 * Checks the head and the checksum of a record, and no more.
 *
 * @returns the partition, the number of commands, and the byte at which the first one begins (a multiple of four)
 * @throws CorruptDataError when it is not a batch of commands of this version, or damaged
 */
export function openCommandBatch(data: Uint8Array): { readonly partition: number; readonly count: number; readonly firstByte: number } {
  const { partition, body } = open(data, COMMANDS, 'a command batch');
  return { partition, count: body.u32(), firstByte: BATCH_OVERHEAD };
}

/** @throws CorruptDataError when the record is not exactly what was appended */
export function decodeCommandBatch(data: Uint8Array): { readonly partition: number; readonly commands: readonly Command[] } {
  const { partition, body } = open(data, COMMANDS, 'a command batch');
  const commands = Array.from({ length: body.u32() }, () => readCommand(body));
  if (body.remaining > 0) throw new CorruptDataError(`a command batch has ${body.remaining} bytes too many`);
  return { partition, commands };
}

/** A gapless run of events of one partition, with the epoch of the leader that sends it. */
export interface EventRun {
  readonly partition: number;
  readonly epoch: number;
  readonly events: readonly Event[];
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
