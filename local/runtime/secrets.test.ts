import { generateSecret } from './secrets';

test('the rules of GenerateSecretString hold', () => {
  for (let i = 0; i < 200; i++) {
    expect(generateSecret({})).toMatch(/^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)(?=.*[^a-zA-Z0-9 ]).{32}$/);
    expect(generateSecret({ PasswordLength: 12, ExcludePunctuation: true, ExcludeCharacters: 'abc' })).toMatch(/^[d-zA-Z0-9]{12}$/);
    expect(generateSecret({ PasswordLength: 8, ExcludeLowercase: true, ExcludeUppercase: true, ExcludePunctuation: 'true' })).toMatch(/^\d{8}$/);
  }
  const json = JSON.parse(generateSecret({ SecretStringTemplate: '{"username":"x"}', GenerateStringKey: 'password', PasswordLength: 5 })) as Record<string, string>;
  expect(json).toEqual({ username: 'x', password: expect.stringMatching(/^.{5}$/) as string });
});

test('two secrets differ', () => {
  expect(generateSecret({})).not.toBe(generateSecret({}));
});
