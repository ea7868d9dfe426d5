/** Writes what is made of the API's routes: docs/api/openapi.json and docs/api/postman-collection.json. A test compares them with the routes. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ApiDocument, collectionOf } from './api/postman';
import { apiDocument } from '../services/reference-api/http/document';

const folder = join(__dirname, '../docs/api');
const document = apiDocument();
for (const [name, content] of Object.entries({ 'openapi.json': document, 'postman-collection.json': collectionOf(document as ApiDocument) })) {
  writeFileSync(join(folder, name), `${JSON.stringify(content, null, 2)}\n`);
  console.log(`wrote docs/api/${name}`);
}
