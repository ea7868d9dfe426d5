// Looks at what was just deployed as its users do, for as long as it should prove itself. Ends with 1 at the third failure in a row.
// usage: node verify.mjs <outputs of cdk deploy>   VERIFY_MINUTES (default 5), VERIFY_PATHS (default /v1/status, separated by commas)
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const outputs = Object.values(JSON.parse(readFileSync(process.argv[2], 'utf8'))).flatMap((stack) => Object.entries(stack));
const minutes = Number(process.env.VERIFY_MINUTES ?? 5);
const everyMs = Number(process.env.VERIFY_EVERY_MS ?? 5_000);
const paths = (process.env.VERIFY_PATHS ?? '/v1/status').split(',');
const bases = outputs.filter(([name, value]) => /^(Site|Api)Url$/.test(name) && /^https?:/.test(value)).map(([, value]) => value.replace(/\/$/, ''));
if (bases.length === 0) {
  console.error('The stacks put out no SiteUrl and no ApiUrl, so nothing can be verified.');
  process.exit(1);
}

const urls = bases.flatMap((base) => paths.map((path) => base + path));
const failures = new Map(urls.map((url) => [url, 0]));
for (const end = Date.now() + minutes * 60_000; Date.now() < end; await sleep(everyMs)) {
  for (const url of urls) {
    const problem = await fetch(url, { signal: AbortSignal.timeout(5_000), redirect: 'manual' })
      .then(({ status }) => (status === 200 ? undefined : `status ${status}`), (error) => String(error.cause ?? error));
    failures.set(url, problem === undefined ? 0 : failures.get(url) + 1);
    if (problem !== undefined) console.error(`${new Date().toISOString()} ${url}: ${problem}`);
    if (failures.get(url) >= 3) process.exit(1);
  }
}
const failing = urls.filter((url) => failures.get(url) > 0);
if (failing.length > 0) console.error(`At the end ${failing.join(', ')} did not answer.`);
process.exit(failing.length > 0 ? 1 : 0);
