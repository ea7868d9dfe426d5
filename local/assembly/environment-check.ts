import type { ManifestValue, ServiceManifest } from './manifest';
import { LocalError } from '../servers/errors';

/** Says what is wrong with a value, or nothing when it is right. */
type Check = (value: string, declared: ManifestValue) => string | undefined;

const pattern = (expression: RegExp, what: string): Check => (value) => (expression.test(value) ? undefined : `is not ${what}`);

const CHECKS: Readonly<Record<string, Check>> = {
  string: () => undefined,
  secret: (value) => (value === '' ? 'is empty' : undefined),
  enum: (value, { values = [] }) => (values.includes(value) ? undefined : `is none of ${values.join(', ')}`),
  boolean: pattern(/^(true|false)$/, 'true or false'),
  integer: (value, { minimum = -Infinity, maximum = Infinity }) => {
    if (!/^-?\d+$/.test(value)) return 'is no whole number';
    if (Number(value) < minimum) return `is less than ${minimum}`;
    return Number(value) > maximum ? `is more than ${maximum}` : undefined;
  },
  port: (value) => (/^\d+$/.test(value) && Number(value) > 0 && Number(value) < 65_536 ? undefined : 'is no TCP port'),
  list: (value) => (value.split(',').some((item) => item.trim() === '') ? 'has an empty item' : undefined),
  json: (value) => {
    try {
      JSON.parse(value);
      return undefined;
    } catch {
      return 'is no JSON';
    }
  },
  url: (value) => (URL.canParse(value) ? undefined : 'is no URL'),
  stream: pattern(/^[\w.-]{1,128}$/, 'the name of a stream'),
  streamConsumer: pattern(/^arn:aws[\w-]*:kinesis:[^:]+:[^:]+:stream\/.+\/consumer\/.+/, 'the ARN of a stream consumer'),
  queue: pattern(/^https?:\/\/.+\/.+/, 'the URL of a queue'),
  table: pattern(/^[\w.-]{3,255}$/, 'the name of a table'),
  bucket: pattern(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'the name of a bucket'),
  cache: pattern(/^rediss?:\/\/[^/:]+:\d+$/, 'rediss://host:port'),
  secretArn: pattern(/^arn:aws[\w-]*:secretsmanager:/, 'the ARN of a secret'),
  database: (value, { user }) => {
    const url = URL.canParse(value) ? new URL(value) : undefined;
    if (!url || url.protocol !== 'postgresql:' || url.port === '' || url.pathname.length < 2) return 'is not postgresql://user@host:port/database';
    if (url.password !== '') return 'holds a password; the service signs in with a token';
    return user !== undefined && url.username !== user ? `signs in as ${url.username || 'nobody'}, not as ${user}` : undefined;
  },
  databases: (value, declared) => {
    let urls: unknown;
    try {
      urls = JSON.parse(value);
    } catch {
      urls = undefined;
    }
    if (!Array.isArray(urls) || urls.length === 0) return 'is no JSON list of URLs';
    return urls.map((url) => CHECKS.database(String(url), declared)).find((problem) => problem !== undefined);
  },
  collector: pattern(/^https?:\/\/.+/, 'the URL of a collector'),
  metricsName: pattern(/^[\x20-\x7e]{1,250}$/, 'the name of a metric\'s dimension'),
  metricsAddress: pattern(/^[\w.-]+:\d{1,5}$/, 'host:port'),
  userPoolIssuer: pattern(/^https:\/\/.+\/.+/, 'the issuer of a user pool'),
  userPoolClient: pattern(/^\S+$/, 'the id of a client'),
};

/** Names that a platform may set on any process without the manifest saying so. */
const PLATFORM_NAMES = /^(AWS_|NODE_ENV$|NODE_OPTIONS$|TZ$)/;

/**
 * Checks what a template gives a process against what its manifest asks for.
 *
 * @param where names the process in the message
 * @throws LocalError one sentence that lists every missing, malformed or unknown value; a value that may be a secret is not shown
 */
export function checkEnvironment(manifest: ServiceManifest, environment: Readonly<Record<string, string>>, where: string): void {
  const problems: string[] = [];
  for (const [name, declared] of Object.entries(manifest.environment)) {
    const value = environment[name];
    if (value === undefined) {
      if (declared.default === undefined && declared.optional !== true) problems.push(`${name} is missing`);
      continue;
    }
    const check = CHECKS[declared.kind];
    const problem = check ? check(value, declared) : `has the kind ${declared.kind}, which is not known here`;
    if (problem) problems.push(declared.kind === 'secret' ? `${name} ${problem}` : `${name} ${problem} (${JSON.stringify(value)})`);
  }
  for (const name of Object.keys(environment)) {
    if (!(name in manifest.environment) && !PLATFORM_NAMES.test(name)) problems.push(`${name} is not in the manifest`);
  }
  if (problems.length === 0) return;
  throw new LocalError(`${where} does not fit services/${manifest.name}/service.json: ${problems.join('; ')}; correct the template or the manifest.`);
}
