import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { SecretGrants } from './secret-grants';
import { alarm } from '../../private/alarms';
import { Faults } from '../../private/faults';
import { checkPlain } from '../../private/plain';
import { checkWhole } from '../../private/whole';

/** Properties of `RotatedSecret`. */
export interface RotatedSecretProps {
  /** What the secret opens, for its description. */
  readonly description: string;

  /** Function that makes, sets, tests and finishes a new value, in the four steps of Secrets Manager. */
  readonly rotationFunction: lambda.IFunction;

  /**
   * How often it is rotated, from four hours to 1,000 days.
   *
   * @default Duration.days(30)
   */
  readonly rotateEvery?: Duration;

  /**
   * Fields that stand beside the generated one, such as `{ username: 'streamer' }`. The secret is then a JSON object.
   *
   * @default - the secret is the generated text alone
   */
  readonly fields?: { [name: string]: string };

  /**
   * Name of the generated field, next to `fields`.
   *
   * @default 'password'
   */
  readonly generatedField?: string;

  /**
   * Length of the generated text, from 16 to 256.
   *
   * @default 64
   */
  readonly length?: number;

  /**
   * Key that encrypts the secret.
   *
   * @default - a key is defined
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * What happens to the secret when it leaves the stack.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;

  /**
   * Who is told when a rotation fails.
   *
   * @default - nobody
   */
  readonly alarmActions?: cloudwatch.IAlarmAction[];
}

/**
 * A secret that is generated, encrypted with a customer key and rotated by a function of yours, with an alarm when that fails. Nobody
 * outside its account may read it, whatever they are granted.
 */
export class RotatedSecret extends Construct {
  /** The secret. */
  public readonly secret: secretsmanager.Secret;
  /** Key that encrypts it. */
  public readonly encryptionKey: kms.IKey;
  /** Gives principals access to the secret. */
  public readonly grants: SecretGrants;
  /** When it is rotated. */
  public readonly rotation: secretsmanager.RotationSchedule;
  /** Fires when the rotation function fails. */
  public readonly rotationAlarm: cloudwatch.Alarm;
  private readonly rotationFunction: lambda.IFunction;

  public constructor(scope: Construct, id: string, props: RotatedSecretProps) {
    super(scope, id);
    const every = props.rotateEvery ?? Duration.days(30);
    const length = props.length ?? 64;
    const field = props.generatedField ?? 'password';
    const faults = new Faults(this.node.path);
    faults.check(props.description.trim() !== '', '`description` must say what the secret opens');
    faults.check(every.isUnresolved() || (every.toHours({ integral: false }) >= 4 && every.toDays({ integral: false }) <= 1000), `\`rotateEvery\` must be from 4 hours to 1000 days, got: ${every.toHumanString()}`);
    checkPlain(faults, { rotateEvery: every });
    checkWhole(faults, 'length', length, 16, 256);
    faults.check(props.fields === undefined || !(field in props.fields), `\`fields\` must not hold '${field}', which is generated`);
    faults.check(props.fields !== undefined || props.generatedField === undefined, '`generatedField` names a field next to `fields`; give `fields` too, or leave it out');
    faults.throwIfAny();
    const removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN;
    this.rotationFunction = props.rotationFunction;
    this.encryptionKey = props.encryptionKey ?? new kms.Key(this, 'Key', { description: props.description, enableKeyRotation: true, removalPolicy });
    this.secret = new secretsmanager.Secret(this, 'Resource', {
      description: props.description,
      encryptionKey: this.encryptionKey,
      removalPolicy,
      generateSecretString: {
        passwordLength: length,
        excludePunctuation: true,
        ...(props.fields === undefined ? {} : { secretStringTemplate: JSON.stringify(props.fields), generateStringKey: field }),
      },
    });
    this.grants = new SecretGrants(this.secret);
    this.secret.addToResourcePolicy(new iam.PolicyStatement({
      sid: 'DenyOtherAccounts',
      effect: iam.Effect.DENY,
      principals: [new iam.AnyPrincipal()],
      actions: ['secretsmanager:GetSecretValue', 'secretsmanager:PutSecretValue', 'secretsmanager:UpdateSecret'],
      resources: ['*'],
      conditions: { StringNotEquals: { 'aws:PrincipalAccount': this.secret.env.account }, BoolIfExists: { 'aws:PrincipalIsAWSService': 'false' } },
    }));
    this.rotation = this.secret.addRotationSchedule('Rotation', { rotationLambda: props.rotationFunction, automaticallyAfter: every });
    this.rotationAlarm = alarm(this, 'RotationAlarm', {
      metric: this.metricRotationErrors(),
      description: `The rotation of a secret failed: ${props.description}. The old value is still good.`,
      threshold: 0,
      actions: props.alarmActions,
    });
  }

  /**
   * Steps of rotations that failed. Sum over five minutes unless said otherwise.
   *
   * @param options what to change about the metric
   */
  public metricRotationErrors(options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return this.rotationFunction.metricErrors(options);
  }
}
