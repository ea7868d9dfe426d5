import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** An image that others are built on, or that runs beside ours. */
const baseImage = z.strictObject({
  image: z.string().regex(/^[a-z0-9.-]+\.[a-z]+\/[a-z0-9/._-]+$/, 'must name its registry, and no tag'),
  tag: z.string().regex(/^[\w][\w.-]*$/),
  /** What the registry said; null while nobody has asked it. */
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/).nullable(),
  /** Where its maker describes it. */
  source: z.url(),
  /** When tag and digest were looked at last. */
  date: z.iso.date(),
  use: z.string().min(10),
});
const images = z.record(z.string(), baseImage);

export type BaseImage = z.output<typeof baseImage>;

/** Reads images.json. @throws Error that says what is wrong with it */
export function readImages(root: string): Record<string, BaseImage> {
  return images.parse(JSON.parse(readFileSync(join(root, 'images.json'), 'utf8')));
}

/** By digest when there is one, by tag as well, for people. */
export function referenceOf({ image, tag, digest }: Pick<BaseImage, 'image' | 'tag' | 'digest'>): string {
  return `${image}:${tag}${digest === null ? '' : `@${digest}`}`;
}
