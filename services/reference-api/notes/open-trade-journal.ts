import { S3Client } from '@aws-sdk/client-s3';
import type { Pool } from 'pg';
import { type NoteStore, PostgresNoteStore } from './note-store';
import { Screenshots } from './screenshots';
import { awsClientSettings } from '../../runtime';

/** Where notes and their pictures are kept, and the origin that browsers fetch the pictures from. */
export interface OpenTradeJournal {
  readonly store: NoteStore;
  readonly screenshots?: Screenshots;
  readonly origin?: string;
  close(): void;
}

/** @param bucket of the screenshots; undefined: notes have none */
export async function openTradeJournal(pool: Pool, bucket: string | undefined): Promise<OpenTradeJournal> {
  const store = new PostgresNoteStore(pool);
  if (bucket === undefined) return { store, close: () => undefined };
  const s3 = new S3Client(awsClientSettings(3_000, 2));
  const screenshots = new Screenshots(s3, bucket);
  return { store, screenshots, origin: await screenshots.origin(), close: () => s3.destroy() };
}
