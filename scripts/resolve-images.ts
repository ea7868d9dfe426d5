/** `npm run -s images:resolve`: reads the digests of images.json from their registries, all of them or none. */
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readImages } from './images/images';
import { digestOf, type Reach } from './images/registry';

/** @returns images.json with the digests of today. @throws Error that names each image that could not be read */
export async function resolved(root: string, today: string, reach?: Reach): Promise<string> {
  const images = Object.entries(readImages(root));
  const answers = await Promise.allSettled(images.map(([, image]) => digestOf(image, reach)));
  const faults = answers.flatMap((answer) => (answer.status === 'rejected' ? [(answer.reason as Error).message] : []));
  if (faults.length > 0) throw new Error(faults.join('\n'));
  const read = images.map(([name, image], i) => [name, { ...image, digest: (answers[i] as PromiseFulfilledResult<string>).value, date: today }]);
  return `${JSON.stringify(Object.fromEntries(read), null, 2)}\n`;
}

async function main(): Promise<void> {
  const root = resolve(__dirname, '..');
  const text = await resolved(root, new Date().toISOString().slice(0, 10));
  writeFileSync(join(root, 'images.json'), text);
  process.stdout.write(text);
}

if (require.main === module) {
  main().catch((error: Error) => {
    console.error(`images.json stays as it is:\n${error.message}`);
    process.exitCode = 1;
  });
}
