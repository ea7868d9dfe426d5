import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { signIn, tokensOf, usersOf } from './tokens';

let server: Server;
let url: string;
const bodies: unknown[] = [];
beforeAll(async () => {
  server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => { text += String(chunk); });
    request.on('end', () => {
      const body = JSON.parse(text) as { username: string };
      bodies.push(body);
      const known = body.username !== 'mallory';
      const answer = known ? { accessToken: `token of ${body.username}` } : { code: 'invalid_credentials' };
      response.writeHead(known ? 200 : 401, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

test('users are lines; a password may hold colons, commas and spaces', () => {
  expect(usersOf('alice: a:b,c \n\nbob:x\n')).toEqual([{ username: 'alice', password: ' a:b,c' }, { username: 'bob', password: 'x' }]);
  for (const text of ['alice', ':secret', 'alice:']) expect(() => usersOf(text)).toThrow('user 1 must be written as name:password');
  expect(() => usersOf('hunter2')).not.toThrow('hunter2');
});

test('users get tokens at the API; who cannot is named without his password', async () => {
  expect(await signIn(url, 'alice:one\nbob:two')).toEqual(['token of alice', 'token of bob']);
  expect(bodies).toEqual([{ username: 'alice', password: 'one' }, { username: 'bob', password: 'two' }]);
  const refused = signIn(url, 'mallory:s3cret');
  await expect(refused).rejects.toThrow(/mallory could not sign in .* 401 invalid_credentials/);
  await expect(refused).rejects.not.toThrow('s3cret');
});

test('tokens that are given are used as they are', async () => {
  expect(await tokensOf('http://nowhere', { API_TOKENS: 'a, b', API_USERS: 'x:y' })).toEqual(['a', 'b']);
  expect(await tokensOf('http://nowhere', { API_TOKEN: 'a' })).toEqual(['a']);
  expect(await tokensOf('http://nowhere', {})).toEqual([]);
});
