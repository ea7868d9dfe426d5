import { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command, NoSuchKey, type S3Client } from '@aws-sdk/client-s3';
import type { Screenshot } from './note-store';
import { PICTURES, type PictureType } from './request';
import { PresignedObjects, type ReadAddress, type UploadForm } from '../../adapters/uploads/presigned';
import { Breaker } from '../../runtime';
import { ApiError, unavailable } from '../http/errors';

/** Largest screenshot, in bytes: a chart on a large display as PNG has a quarter of it. */
export const MOST_BYTES = 2 * 1024 * 1024;
const UPLOAD_SECONDS = 300;
const READ_SECONDS = 300;

/** Whose a picture is. */
interface PictureOf {
  readonly accountId: string;
  readonly id: string;
}

/** Pictures of charts that belong to notes, which browsers send to the bucket and read from it themselves. */
export class Screenshots {
  private readonly objects: PresignedObjects;
  private readonly breaker = new Breaker({ name: 'screenshots' });

  constructor(private readonly client: S3Client, private readonly bucket: string) {
    this.objects = new PresignedObjects(client, bucket);
  }

  /** Where browsers send pictures and read them. */
  origin(): Promise<string> {
    return this.objects.origin();
  }

  /** A form for one picture. A note has one: the next takes its place. */
  async begin(of: PictureOf, contentType: PictureType): Promise<UploadForm & { readonly maxBytes: number }> {
    return { ...await this.objects.form({ key: keyOf(of), contentType, maxBytes: MOST_BYTES, seconds: UPLOAD_SECONDS }), maxBytes: MOST_BYTES };
  }

  /** Looks at what was uploaded. What is no picture of the type that it says does not stay. @throws ApiError 404, 422, 503 */
  async inspect(of: PictureOf): Promise<Screenshot> {
    const found = await this.head(of);
    if (!found) throw new ApiError(404, 'no_screenshot', 'Nothing was uploaded for this note, or not to the end.');
    const contentType = PICTURES.find((type) => type === found.contentType);
    const fits = contentType !== undefined && found.bytes <= MOST_BYTES && BEGINNINGS[contentType](found.beginning);
    if (fits) return { contentType, bytes: found.bytes };
    await this.remove(of);
    throw new ApiError(422, 'not_a_picture', 'What was uploaded is not a picture of the type that it was announced as; it was deleted.');
  }

  readAddress(of: PictureOf): Promise<ReadAddress> {
    return this.objects.readAddress(keyOf(of), READ_SECONDS);
  }

  async remove(of: PictureOf): Promise<void> {
    await this.ask(() => this.client.send(new DeleteObjectCommand({ Bucket: this.bucket, Key: keyOf(of) })));
  }

  private head(of: PictureOf): Promise<{ contentType?: string; bytes: number; beginning: Buffer } | undefined> {
    return this.ask(async () => {
      try {
        const { Body, ContentType, ContentRange, ContentLength } = await this.client.send(
          new GetObjectCommand({ Bucket: this.bucket, Key: keyOf(of), Range: 'bytes=0-15' }));
        const beginning = Buffer.from(await Body!.transformToByteArray());
        return { contentType: ContentType, bytes: Number(ContentRange?.split('/')[1] ?? ContentLength), beginning };
      } catch (error) {
        if (error instanceof NoSuchKey) return undefined;
        // Whoever may not list the whole bucket hears "no" instead of "not there"; then the list of this prefix decides.
        if ((error as Error).name !== 'AccessDenied') throw error;
        const { Contents = [] } = await this.client.send(new ListObjectsV2Command({ Bucket: this.bucket, Prefix: keyOf(of), MaxKeys: 1 }));
        if (Contents.length > 0) throw error;
        return undefined;
      }
    });
  }

  private async ask<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await this.breaker.run(work);
    } catch (error) {
      throw Object.assign(unavailable('screenshots_unavailable', 'Screenshots cannot be reached at the moment.'), { cause: error });
    }
  }
}

/** Below the account's own prefix, under an id that is nobody else's: a form for one note is no form for another. */
function keyOf({ accountId, id }: PictureOf): string {
  return `screenshots/${accountId}/${id}`;
}

/** How a file of each type begins. */
const BEGINNINGS: Readonly<Record<PictureType, (bytes: Buffer) => boolean>> = {
  'image/png': (bytes) => bytes.subarray(0, 8).toString('latin1') === '\x89PNG\r\n\x1a\n',
  'image/jpeg': (bytes) => bytes.subarray(0, 3).toString('latin1') === '\xff\xd8\xff',
  'image/webp': (bytes) => bytes.subarray(0, 4).toString('latin1') === 'RIFF' && bytes.subarray(8, 12).toString('latin1') === 'WEBP',
};
