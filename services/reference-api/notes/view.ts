/** What the trade journal answers. */
import { z } from 'zod';
import { PICTURES } from './request';

const uuid = () => z.string().meta({ format: 'uuid' });
const time = () => z.int().meta({ description: 'Milliseconds since 1970.' });
const address = () => z.string().meta({ format: 'uri' });

export const note = z.strictObject({
  id: uuid(), clientNoteId: z.string().optional(), text: z.string(), tags: z.array(z.string()), symbol: z.string().optional(),
  orderIds: z.array(uuid()),
  time: time(), createdAt: time(), updatedAt: time(),
  screenshot: z.strictObject({
    contentType: z.enum(PICTURES), bytes: z.int(), url: address().meta({ description: 'Reads the picture until expiresAt.' }), expiresAt: time(),
  }).optional(),
}).meta({ id: 'TradeJournalNote' });

export const notePage = z.strictObject({
  notes: z.array(note),
  nextCursor: z.string().optional().meta({ description: 'There is more: ask again with it as cursor.' }),
  screenshots: z.boolean().meta({ description: 'Whether the system keeps screenshots.' }),
});

export const uploadForm = z.strictObject({
  url: address(), fields: z.record(z.string(), z.string()).meta({ description: 'Fields of the form, before the field file.' }),
  expiresAt: time(), maxBytes: z.int(),
}).meta({ id: 'UploadForm' });
