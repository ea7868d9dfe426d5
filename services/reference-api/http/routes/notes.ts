/** The trade journal: what users write down about their trades, with pictures of charts. */
import type { RouteDependencies } from './dependencies';
import { idPath } from './orders';
import { noteChangeSchema, noteListSchema, noteSchema, uploadSchema } from '../../notes/request';
import { note, notePage, uploadForm } from '../../notes/view';
import { ownId } from '../preferences';
import { type Route, route } from '../route';

export function noteRoutes({ tradeJournal }: RouteDependencies): readonly Route[] {
  return [
    route({
      method: 'post', path: '/v1/trade-journal/notes', tag: 'account', scope: 'trade', rate: 'read', accepts: ['idempotency-key'], feature: 'trade_journal',
      summary: 'Write a note into the trade journal',
      description: 'Sent again under the same id it is the same note. An account has up to 1,000.',
      body: noteSchema,
      answers: { 201: { description: 'The note.', schema: note } },
      handle: async ({ body, preferences }, { accountId }) => ({
        status: 201, body: await tradeJournal.add(accountId, body, ownId(body.clientNoteId, preferences, 'clientNoteId')),
      }),
    }),
    route({
      method: 'get', path: '/v1/trade-journal/notes', tag: 'account', scope: 'read', rate: 'read', feature: 'trade_journal',
      summary: 'Notes of the trade journal, newest first',
      query: noteListSchema,
      answers: { 200: { description: 'A page of notes.', schema: notePage } },
      handle: async ({ query }, { accountId }) => ({ status: 200, body: await tradeJournal.list(accountId, query) }),
    }),
    route({
      method: 'get', path: '/v1/trade-journal/notes/{id}', tag: 'account', scope: 'read', rate: 'read', feature: 'trade_journal',
      summary: 'One note',
      params: idPath,
      answers: { 200: { description: 'The note.', schema: note } },
      handle: async ({ params: { id } }, { accountId }) => ({ status: 200, body: await tradeJournal.read(accountId, id) }),
    }),
    route({
      method: 'patch', path: '/v1/trade-journal/notes/{id}', tag: 'account', scope: 'trade', rate: 'read', feature: 'trade_journal',
      summary: 'Change a note',
      params: idPath, body: noteChangeSchema,
      answers: { 200: { description: 'The note as it is now.', schema: note } },
      handle: async ({ params: { id }, body }, { accountId }) => ({ status: 200, body: await tradeJournal.change(accountId, id, body) }),
    }),
    route({
      method: 'delete', path: '/v1/trade-journal/notes/{id}', tag: 'account', scope: 'trade', rate: 'read', feature: 'trade_journal',
      summary: 'Delete a note, and its screenshot',
      params: idPath,
      answers: { 200: { description: 'It is gone.' } },
      handle: async ({ params: { id } }, { accountId }) => {
        await tradeJournal.remove(accountId, id);
        return { status: 200, body: { id } };
      },
    }),
    route({
      method: 'post', path: '/v1/trade-journal/notes/{id}/screenshot', tag: 'account', scope: 'trade', rate: 'read', feature: 'trade_journal',
      summary: 'Begin to upload a note\'s screenshot',
      description: 'Send the form of the answer to its address within five minutes: all fields as they are, then the picture as file, up to 2 MiB. '
        + 'The bucket refuses anything else. Then complete it.',
      params: idPath, body: uploadSchema,
      answers: { 201: { description: 'The form.', schema: uploadForm } },
      handle: async ({ params: { id }, body }, { accountId }) => ({
        status: 201, body: await tradeJournal.beginScreenshot(accountId, id, body.contentType),
      }),
    }),
    route({
      method: 'post', path: '/v1/trade-journal/notes/{id}/screenshot/complete', tag: 'account', scope: 'trade', rate: 'read', feature: 'trade_journal',
      summary: 'Make what was uploaded the note\'s screenshot',
      params: idPath,
      answers: { 200: { description: 'The note with its screenshot.', schema: note } },
      handle: async ({ params: { id } }, { accountId }) => ({ status: 200, body: await tradeJournal.completeScreenshot(accountId, id) }),
    }),
    route({
      method: 'delete', path: '/v1/trade-journal/notes/{id}/screenshot', tag: 'account', scope: 'trade', rate: 'read', feature: 'trade_journal',
      summary: 'Take a note\'s screenshot away',
      params: idPath,
      answers: { 200: { description: 'The note without it.', schema: note } },
      handle: async ({ params: { id } }, { accountId }) => ({ status: 200, body: await tradeJournal.removeScreenshot(accountId, id) }),
    }),
  ];
}
