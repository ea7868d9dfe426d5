import { Stack } from 'aws-cdk-lib';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';

/** What others may do with a static site. */
export class StaticSiteGrants {
  /**
   * @param bucket the files
   * @param distribution the distribution
   */
  public constructor(private readonly bucket: s3.IBucket, private readonly distribution: cloudfront.IDistribution) {}

  /** Lets `grantee`, usually a pipeline, replace the files and have CloudFront forget the old ones. */
  public deploy(grantee: iam.IGrantable): iam.Grant {
    const files = iam.Grant.addToPrincipal({ grantee, actions: ['s3:DeleteObject', 's3:GetObject', 's3:PutObject'], resourceArns: [this.bucket.arnForObjects('*')] });
    const list = iam.Grant.addToPrincipal({ grantee, actions: ['s3:ListBucket'], resourceArns: [this.bucket.bucketArn] });
    const invalidate = iam.Grant.addToPrincipal({
      grantee,
      actions: ['cloudfront:CreateInvalidation', 'cloudfront:GetInvalidation'],
      resourceArns: [Stack.of(this.distribution).formatArn({ service: 'cloudfront', region: '', resource: 'distribution', resourceName: this.distribution.distributionId })],
    });
    return files.combine(list).combine(invalidate);
  }
}
