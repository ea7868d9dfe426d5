import type { EnvironmentValue, Manifest } from './manifest';
import { header, quote } from './text';

/** Schema builders that a generated configuration file may need, by name. Only those in use are written. */
const HELPERS: Record<string, string> = {
  text: `/** A value that must be there and not be empty; \`what\` finishes the sentence "expected …". */
const text = (what: string) => z
  .string({ error: \`is not set; expected \${what}\` })
  .min(1, { error: \`is empty; expected \${what}\`, abort: true });`,
  secret: `/** Like text, and its value never appears in a message. */
const secret = text;`,
  matching: `/** The value for a message, without a password that a URL may carry. */
const got = (input: unknown) => \`got: \${JSON.stringify(input).replace(/:[^:@/]*@/g, ':***@')}\`;

/** Text that keeps a rule; \`what\` finishes the sentence "must be …". */
const matching = (what: string, keeps: (value: string) => boolean) => text(what)
  .refine(keeps, { error: (issue) => \`must be \${what}, \${got(issue.input)}\` });`,
  integer: `const integer = (minimum: number, maximum: number) => matching(
  \`a whole number from \${minimum} to \${maximum}\`,
  (value) => /^-?(0|[1-9]\\d*)$/.test(value) && Number(value) >= minimum && Number(value) <= maximum,
).transform(Number);`,
  flag: 'const flag = () => matching(\'"true" or "false"\', (value) => value === \'true\' || value === \'false\').transform((value) => value === \'true\');',
  list: `/** Values separated by commas; spaces around them are dropped. */
const list = (what: string) => text(what)
  .transform((value) => value.split(',').map((item) => item.trim()))
  .refine((items) => items.every((item) => item !== ''), { error: (issue) => \`must not have an empty item, \${got(issue.input)}\` });`,
  json: `const json = (what: string) => text(what).transform((value, context): unknown => {
  try {
    return JSON.parse(value);
  } catch (error) {
    context.addIssue({ code: 'custom', message: \`must be JSON (\${what}): \${(error as Error).message}\` });
    return z.NEVER;
  }
});`,
  urls: `/** A JSON list of texts that keep a rule; \`what\` finishes the sentence "must be a JSON list of …". */
const urls = (what: string, one: z.ZodType<string>) => text(what).transform((value, context): readonly string[] => {
  let items: unknown;
  try {
    items = JSON.parse(value);
  } catch {
    items = undefined;
  }
  if (Array.isArray(items) && items.length > 0 && items.every((item) => one.safeParse(item).success)) return items as string[];
  context.addIssue({ code: 'custom', message: \`must be a JSON list of \${what}, at least one\` });
  return z.NEVER;
});`,
  url: `/** A URL of one of these protocols (written with the colon) that passes \`keeps\`. */
const url = (what: string, protocols: readonly string[], keeps: (value: URL) => boolean = () => true) => matching(what, (value) => {
  if (!URL.canParse(value)) return false;
  const parsed = new URL(value);
  return protocols.includes(parsed.protocol) && parsed.hostname !== '' && keeps(parsed);
});`,
};

const DATABASE_URL = 'url(\'postgresql://user@host:port/database without a password\', [\'postgresql:\'], (value) => value.username !== \'\' && value.password === \'\' && value.pathname.length > 1)';

/** Helpers that a helper is made of. */
const NEEDS: Record<string, string[]> = {
  text: [], secret: ['text'], matching: ['text'], integer: ['matching'], flag: ['matching'], list: ['text', 'matching'], json: ['text'], url: ['matching'], urls: ['text', 'url', 'matching'],
};

/** The text of a service's `config.generated.ts`. */
export function configSource(manifest: Manifest): string {
  const entries = Object.entries(manifest.environment);
  const used = new Set<string>();
  const fields = entries.map(([name, value]) => {
    const field = fieldOf(value);
    use(field.helper, used);
    const fallback = value.optional ? '.optional()' : value.default === undefined ? '' : `.default(${literal(value.default)})`;
    return `  /** ${value.description} */\n  ${name}: ${field.expression}${fallback},`;
  });
  const helpers = Object.keys(HELPERS).filter((helper) => used.has(helper)).map((helper) => HELPERS[helper]);
  const schema = [
    `/** Environment of the service ${manifest.name}, from strings to values; what is not named here is dropped. */`,
    'export const environmentSchema = z.object({',
    ...fields,
    `})${debugRule(manifest)};`,
  ].join('\n');
  return [
    header(`services/${manifest.folder}/service.json`),
    "import { z } from 'zod';",
    ...helpers.map((helper) => `\n${helper}`),
    `\n${schema}`,
    `\n/** Configuration of the service ${manifest.name}, by the names of its environment values. */`,
    'export type Config = z.output<typeof environmentSchema>;',
    '',
  ].join('\n');
}

function use(helper: string, used: Set<string>): void {
  if (helper === '') return;
  used.add(helper);
  for (const needed of NEEDS[helper]) use(needed, used);
}

/** A service never debugs in production: it would log what it must not. */
function debugRule(manifest: Manifest): string {
  if (manifest.environment.DEBUG?.kind !== 'boolean' || manifest.environment.ENVIRONMENT === undefined) return '';
  return `.refine((config) => !(config.DEBUG === true && config.ENVIRONMENT === 'production'), {
  path: ['DEBUG'],
  error: 'must not be true while ENVIRONMENT is "production"; set DEBUG to false or name another environment',
})`;
}

function fieldOf(value: EnvironmentValue): { helper: string; expression: string } {
  const what = quote(lowerFirst(value.description.replace(/\.$/, '')));
  switch (value.kind) {
    case 'boolean': return { helper: 'flag', expression: 'flag()' };
    case 'integer': return { helper: 'integer', expression: `integer(${value.minimum ?? 'Number.MIN_SAFE_INTEGER'}, ${value.maximum ?? 'Number.MAX_SAFE_INTEGER'})` };
    // Port 0 asks the operating system for a free one.
    case 'port': return { helper: 'integer', expression: 'integer(0, 65_535)' };
    case 'enum': {
      const values = value.values ?? [];
      return { helper: '', expression: `z.enum([${values.map(quote).join(', ')}], { error: (issue) => \`must be one of ${values.join(', ')}, got: \${JSON.stringify(issue.input)}\` })` };
    }
    case 'list': return { helper: 'list', expression: `list(${what})` };
    case 'json': return { helper: 'json', expression: `json(${what})` };
    case 'url': return { helper: 'url', expression: 'url(\'a URL (http, https, ws or wss)\', [\'http:\', \'https:\', \'ws:\', \'wss:\'])' };
    case 'collector': return { helper: 'url', expression: 'url(\'the URL of a collector\', [\'http:\', \'https:\'])' };
    case 'queue': return { helper: 'url', expression: 'url(\'the URL of a queue\', [\'http:\', \'https:\'])' };
    case 'userPoolIssuer': return { helper: 'url', expression: 'url(\'the https URL of a user pool\', [\'https:\'])' };
    case 'cache': return { helper: 'url', expression: 'url(\'rediss://host:port\', [\'rediss:\'], (value) => value.port !== \'\' && value.password === \'\')' };
    case 'database': return {
      helper: 'url',
      expression: DATABASE_URL,
    };
    case 'databases': return {
      helper: 'urls',
      expression: `urls('URLs postgresql://user@host:port/database without a password', ${DATABASE_URL})`,
    };
    case 'secret': return { helper: 'secret', expression: `secret(${what})` };
    default: return { helper: 'text', expression: `text(${what})` };
  }
}

function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  return typeof value === 'string' ? quote(value) : String(value);
}

function lowerFirst(sentence: string): string {
  // Names such as FIFO or IAM keep their capitals.
  return /^[A-Z][a-z]/.test(sentence) ? sentence[0].toLowerCase() + sentence.slice(1) : sentence;
}
