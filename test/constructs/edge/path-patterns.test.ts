import * as fc from 'fast-check';
import { overlapsRoute } from '../../../src/private/path-patterns';

test.each([
  ['/v1/instruments', '/v1/instruments', true],
  ['/v1/instruments', '/v1/status', false],
  ['/v1/*', '/v1/orders/{id}', true],
  ['*', '/', true],
  ['/v1/book/*', '/v1/book/{symbol}', true],
  ['/v1/book/*', '/v1/books/{symbol}', false],
  ['/v1/book/BTC*', '/v1/book/{symbol}', true],
  ['/v1/book/*/top', '/v1/book/{symbol}', false],
  ['/v1/*/top', '/v1/book/{symbol}/top', true],
  ['/v?/orders', '/v1/orders', true],
  // A parameter is one segment; the rest of a path is any number of them.
  ['/v1/a/b/c', '/v1/{x}', false],
  ['/v1/a/b/c', '/v1/{proxy+}', true],
  // As servers answer: in any case, with a slash at the end.
  ['/V1/Orders', '/v1/orders', true],
  ['/v1/orders/', '/v1/orders', true],
  ['/v1/orders?', '/v1/orders', true],
])('%s and %s', (pattern, route, expected) => {
  expect(overlapsRoute(pattern, route)).toBe(expected);
});

/** Every path of up to seven letters of a small alphabet. */
const paths = ['/'];
for (let from = 0; from < paths.length && paths[from].length < 7; from += 1) for (const letter of 'a/') paths.push(paths[from] + letter);

test('says that they meet exactly when a path fits both, as regular expressions see it', () => {
  const pattern = fc.array(fc.constantFrom('a', '/', '*', '?'), { maxLength: 3 }).map((steps) => `/${steps.join('')}`);
  const route = fc.array(fc.constantFrom('a', '/', '{id}', '{rest+}'), { maxLength: 3 }).map((parts) => `/${parts.join('')}`).filter((path) => !path.includes('//'));
  fc.assert(fc.property(pattern, route, (one, other) => {
    const matches = new RegExp(`^${one.replace(/[*?]/g, (token) => (token === '*' ? '.*' : '.'))}$`);
    const answers = new RegExp(`^${other.replace(/\/$/, '').replaceAll('{id}', '[^/]+').replaceAll('{rest+}', '.+')}/?$`);
    expect(overlapsRoute(one, other)).toBe(paths.some((path) => matches.test(path) && answers.test(path)));
  }), { numRuns: 2000 });
});
