import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';

/** Properties of `TradingUserPool`. */
export interface TradingUserPoolProps {
  /**
   * Whether people may create an account by themselves. Otherwise an operator creates it.
   *
   * @default true
   */
  readonly selfSignUp?: boolean;

  /**
   * Name of the group whose members may use the admin routes.
   *
   * @default 'operators'
   */
  readonly operatorsGroup?: string;

  /**
   * How long an access token is good for. Tokens cannot be called back before they expire.
   *
   * @default Duration.minutes(15)
   */
  readonly accessTokenValidity?: Duration;

  /**
   * What happens to the pool, and with it to every account, when it leaves the stack. DESTROY also turns its deletion
   * protection off.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * Accounts of traders and operators. A user's `sub` is the account id of the ledger. A second factor is the user's choice;
 * leaked passwords are refused. The client signs in with SRP, or with a password that our own API passes on.
 */
export class TradingUserPool extends Construct {
  /** The pool. */
  public readonly userPool: cognito.UserPool;
  /** The client that the API and the web application use; it has no secret. */
  public readonly client: cognito.UserPoolClient;
  /** Group of operators. */
  public readonly operators: cognito.UserPoolGroup;
  /** Name of the group of operators. */
  public readonly operatorsGroup: string;

  public constructor(scope: Construct, id: string, props: TradingUserPoolProps = {}) {
    super(scope, id);
    const removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN;
    this.operatorsGroup = props.operatorsGroup ?? 'operators';
    this.userPool = new cognito.UserPool(this, 'Resource', {
      selfSignUpEnabled: props.selfSignUp ?? true,
      signInAliases: { username: true, email: true },
      autoVerify: { email: true },
      signInCaseSensitive: false,
      mfa: cognito.Mfa.OPTIONAL,
      mfaSecondFactor: { otp: true, sms: false },
      accountRecovery: cognito.AccountRecovery.EMAIL_ONLY,
      passwordPolicy: { minLength: 12, requireLowercase: true, requireUppercase: true, requireDigits: true, requireSymbols: true },
      featurePlan: cognito.FeaturePlan.PLUS,
      standardThreatProtectionMode: cognito.StandardThreatProtectionMode.FULL_FUNCTION,
      deletionProtection: removalPolicy !== RemovalPolicy.DESTROY,
      removalPolicy,
    });
    this.client = this.userPool.addClient('Client', {
      authFlows: { userPassword: true, userSrp: true },
      generateSecret: false,
      preventUserExistenceErrors: true,
      enableTokenRevocation: true,
      accessTokenValidity: props.accessTokenValidity ?? Duration.minutes(15),
      idTokenValidity: props.accessTokenValidity ?? Duration.minutes(15),
      refreshTokenValidity: Duration.days(1),
      // No hosted sign-in page: a pool with a domain refuses calls that come through a VPC endpoint.
      disableOAuth: true,
    });
    this.operators = this.userPool.addGroup('Operators', {
      groupName: this.operatorsGroup,
      description: 'May deposit play money and release halted partitions',
    });
  }
}
