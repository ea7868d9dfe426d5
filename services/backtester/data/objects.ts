import { GetObjectCommand, ListObjectsV2Command, NoSuchKey, type S3Client } from '@aws-sdk/client-s3';

/**
 * An object, or undefined when there is none. S3 says "no" instead of "not there" to whoever may list some prefixes only; then the
 * list decides which of the two it is.
 */
export async function readObject(s3: S3Client, Bucket: string, Key: string): Promise<Uint8Array | undefined> {
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
    return await Body!.transformToByteArray();
  } catch (error) {
    if (error instanceof NoSuchKey) return undefined;
    if ((error as Error).name !== 'AccessDenied') throw error;
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: Key, MaxKeys: 1 }));
    if (Contents.some((one) => one.Key === Key)) throw error;
    return undefined;
  }
}
