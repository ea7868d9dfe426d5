import { type CORSRule, CreateBucketCommand, HeadBucketCommand, PutBucketCorsCommand, S3Client } from '@aws-sdk/client-s3';
import type { Context, Provider } from './provider';
import type { Resource } from '../assembly/model';
import { physicalName } from '../runtime/names';
import { LOCAL_CREDENTIALS, queuesAndBuckets } from '../runtime/stores';

/** S3 on fauxqs. */
export const s3: Provider = {
  service: 'S3',
  types: ['AWS::S3::Bucket'],
  prepare: async (context) => ({ AWS_ENDPOINT_URL_S3: (await queuesAndBuckets(context)).url }),
  up: async (resource, context) => {
    const { region } = context;
    const name = physicalName(resource, await context.property(resource, 'BucketName'), { max: 63, lowercase: true });
    const { url: endpoint } = await queuesAndBuckets(context);
    const client = new S3Client({ region, endpoint, forcePathStyle: true, credentials: LOCAL_CREDENTIALS });
    try {
      const there = await client.send(new HeadBucketCommand({ Bucket: name })).then(() => true, () => false);
      if (!there) await client.send(new CreateBucketCommand({ Bucket: name }));
      const rules = await corsRules(resource, context);
      if (rules.length > 0) await client.send(new PutBucketCorsCommand({ Bucket: name, CORSConfiguration: { CORSRules: rules } }));
    } finally {
      client.destroy();
    }
    return {
      ref: name,
      attributes: {
        Arn: `arn:aws:s3:::${name}`,
        DomainName: `${name}.s3.amazonaws.com`,
        RegionalDomainName: `${name}.s3.${region}.amazonaws.com`,
        DualStackDomainName: `${name}.s3.dualstack.${region}.amazonaws.com`,
        WebsiteURL: `${endpoint}/${name}`,
      },
      note: `${endpoint}/${name}`,
    };
  },
};

/** The bucket's rules for pages of other origins. The site has a name of this machine here, so pages of this machine are let in where any is. */
async function corsRules(resource: Resource, context: Context): Promise<CORSRule[]> {
  const given = await context.property(resource, 'CorsConfiguration.CorsRules') as unknown as
    readonly { readonly AllowedOrigins: string[]; readonly AllowedMethods: string[]; readonly AllowedHeaders?: string[] }[] | undefined;
  return (given ?? []).map(({ AllowedOrigins, ...rule }) => ({ ...rule, AllowedOrigins: [...AllowedOrigins, 'http://localhost:*', 'http://127.0.0.1:*'] }));
}
