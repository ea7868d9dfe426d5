import { ArnFormat, Fn, RemovalPolicy, SecretValue, Stack, Token } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { Faults } from '../../private/faults';

/** Properties of `OriginSecret`. */
export interface OriginSecretProps {
  /**
   * Header that carries the secret.
   *
   * @default 'X-Origin-Verify'
   */
  readonly headerName?: string;

  /**
   * Key that encrypts the secret.
   *
   * @default - a key is defined
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * What happens to the secret and its key when they leave the stack.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * A secret that our distribution adds to each request to its origin. CloudFront's addresses are shared by every distribution of every
 * account; the secret tells ours apart. Define it beside the origin; where the distribution stands in another region, the secret is copied
 * there. The template names the secret and never holds it. To replace it, define a second one, have the origin accept both, then let the
 * distribution send the new one.
 */
export class OriginSecret extends Construct {
  /** The secret. */
  public readonly secret: secretsmanager.Secret;
  /** Key that encrypts it. */
  public readonly encryptionKey: kms.IKey;
  /** Header that carries it. */
  public readonly headerName: string;
  private readonly regions: string[] = [];

  public constructor(scope: Construct, id: string, props: OriginSecretProps = {}) {
    super(scope, id);
    this.headerName = props.headerName ?? 'X-Origin-Verify';
    const faults = new Faults(this.node.path);
    faults.check(/^[A-Za-z0-9-]{1,40}$/.test(this.headerName), `\`headerName\` must be the name of a header, of at most 40 letters, digits and hyphens, got: '${this.headerName}'`);
    // CloudFront refuses to add headers with these beginnings.
    faults.check(!/^(x-amz-|x-edge-)/i.test(this.headerName), `\`headerName\` must not begin with X-Amz- or X-Edge-, which CloudFront keeps for itself, got: '${this.headerName}'`);
    faults.throwIfAny();
    const removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN;
    const description = 'What the distribution adds to requests to its origin';
    this.encryptionKey = props.encryptionKey ?? new kms.Key(this, 'Key', { description, enableKeyRotation: true, removalPolicy });
    this.secret = new secretsmanager.Secret(this, 'Resource', {
      description,
      encryptionKey: this.encryptionKey,
      removalPolicy,
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
    });
  }

  /**
   * The value as a stack may use it, resolved by CloudFormation when it deploys. In a stack of another region the secret is copied there.
   *
   * @param scope a construct of the stack
   */
  public valueIn(scope: Construct): SecretValue {
    const { region } = Stack.of(scope);
    const own = Stack.of(this).region;
    if (region === own || Token.isUnresolved(region)) return this.secret.secretValue;
    if (!this.regions.includes(region)) {
      this.regions.push(region);
      this.secret.addReplicaRegion(region);
    }
    // A copy has the ARN of the original but for the region.
    const name = Fn.select(6, Fn.split(':', this.secret.secretArn));
    return SecretValue.secretsManager(Stack.of(scope).formatArn({ service: 'secretsmanager', resource: 'secret', resourceName: name, arnFormat: ArnFormat.COLON_RESOURCE_NAME }));
  }

  /**
   * The same for properties that take texts only: WAF's and CloudFront's.
   *
   * @internal
   */
  public _textIn(scope: Construct): string {
    return this.valueIn(scope).unsafeUnwrap();
  }
}
