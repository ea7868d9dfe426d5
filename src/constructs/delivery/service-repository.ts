import { Duration, RemovalPolicy, Token } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { Faults } from '../../private/faults';
import { checkPlain } from '../../private/plain';

/** Properties of `ServiceRepository`. */
export interface ServiceRepositoryProps {
  /**
   * Tagged images that are kept, the newest ones: as many releases as can be returned to.
   *
   * @default 50
   */
  readonly keepImages?: number;

  /**
   * How long images without a tag are kept, such as layers of builds that were not finished.
   *
   * @default Duration.days(7)
   */
  readonly keepUntagged?: Duration;

  /**
   * Key that encrypts the images. Cannot be changed later.
   *
   * @default - a key is defined
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * Name of the repository, for pipelines that are told it.
   *
   * @default - named by CloudFormation
   */
  readonly repositoryName?: string;

  /**
   * What happens to the repository with its images when it leaves the stack.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** What others may do with a repository. */
export class ServiceRepositoryGrants {
  /** @param repository the repository */
  public constructor(private readonly repository: ecr.IRepository) {}

  /** Lets `grantee`, usually an execution role, fetch images. */
  public pull(grantee: iam.IGrantable): iam.Grant {
    return this.signIn(grantee).combine(this.allow(grantee, ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer']));
  }

  /** Lets `grantee`, usually a pipeline, add images. It cannot delete any, nor give a tag to another image. */
  public push(grantee: iam.IGrantable): iam.Grant {
    return this.pull(grantee).combine(this.allow(grantee, [
      'ecr:CompleteLayerUpload', 'ecr:DescribeImages', 'ecr:DescribeImageScanFindings', 'ecr:InitiateLayerUpload', 'ecr:PutImage', 'ecr:UploadLayerPart',
    ]));
  }

  private allow(grantee: iam.IGrantable, actions: string[]): iam.Grant {
    return iam.Grant.addToPrincipal({ grantee, actions, resourceArns: [this.repository.repositoryArn] });
  }

  /** Knows no narrower resource. */
  private signIn(grantee: iam.IGrantable): iam.Grant {
    return iam.Grant.addToPrincipal({ grantee, actions: ['ecr:GetAuthorizationToken'], resourceArns: ['*'] });
  }
}

/**
 * Images of one service: a tag means one image for ever, every image is scanned when it arrives, and what nobody returns to is
 * removed.
 */
export class ServiceRepository extends Construct {
  /** The repository. */
  public readonly repository: ecr.Repository;
  /** Key that encrypts the images. */
  public readonly encryptionKey: kms.IKey;
  /** What others may do. */
  public readonly grants: ServiceRepositoryGrants;

  public constructor(scope: Construct, id: string, props: ServiceRepositoryProps = {}) {
    super(scope, id);
    const keep = props.keepImages ?? 50;
    const untagged = props.keepUntagged ?? Duration.days(7);
    const name = props.repositoryName;
    const removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN;
    const faults = new Faults(this.node.path);
    // They become part of a text, in which CloudFormation would not see a reference.
    checkPlain(faults, { keepImages: keep, keepUntagged: untagged });
    faults.check(Token.isUnresolved(keep) || (Number.isInteger(keep) && keep >= 2), `\`keepImages\` must be a whole number, 2 or more, so that there is one to return to, got: ${keep}`);
    faults.check(untagged.isUnresolved() || untagged.toDays({ integral: false }) >= 1, `\`keepUntagged\` must be a day or more, got: ${untagged.toHumanString()}`);
    faults.check(name === undefined || Token.isUnresolved(name) || (/^[a-z0-9]+([._/-][a-z0-9]+)*$/.test(name) && name.length >= 2 && name.length <= 256),
      `\`repositoryName\` must be 2 to 256 lower-case letters and digits with single '.', '_', '-' or '/' between them, got: '${name}'`);
    faults.throwIfAny();
    this.encryptionKey = props.encryptionKey ?? new kms.Key(this, 'Key', { description: `Images of ${this.node.path}`, enableKeyRotation: true, removalPolicy });
    this.repository = new ecr.Repository(this, 'Resource', {
      repositoryName: name,
      imageTagMutability: ecr.TagMutability.IMMUTABLE,
      imageScanOnPush: true,
      encryption: ecr.RepositoryEncryption.KMS,
      encryptionKey: this.encryptionKey,
      lifecycleRules: [
        { rulePriority: 1, description: 'Images without a tag', tagStatus: ecr.TagStatus.UNTAGGED, maxImageAge: untagged },
        { rulePriority: 2, description: 'The newest releases', tagStatus: ecr.TagStatus.ANY, maxImageCount: keep },
      ],
      removalPolicy,
    });
    this.grants = new ServiceRepositoryGrants(this.repository);
  }
}
