import { Duration, RemovalPolicy, Token, Validations } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';
import { alarm } from '../../private/alarms';
import { Faults } from '../../private/faults';
import { checkPlain } from '../../private/plain';

/** Accounts of traders and operators, and how they sign in. */
export interface ITradingUserPool {
  /** The pool, as every construct and service of this library takes it. */
  readonly userPool: cognito.IUserPool;

  /** The client that the API and the web application use. */
  readonly client: cognito.IUserPoolClient;

  /** Name of the group of operators. */
  readonly operatorsGroup: string;
}

/** A user pool that exists already. */
export interface TradingUserPoolAttributes {
  /** Id of the pool, such as 'us-east-1_AbCdEfGhI'. */
  readonly userPoolId: string;

  /** Id of a client without a secret that may sign in with SRP, or with a password that our own API passes on. */
  readonly userPoolClientId: string;

  /**
   * Name of the group whose members may use the admin routes.
   *
   * @default 'operators'
   */
  readonly operatorsGroup?: string;
}

/** A group of accounts; its name is in the tokens of its members. */
export interface TradingUserGroup {
  /** Name of the group, of letters, digits, dots, dashes and underscores. Another name is another, empty group. */
  readonly name: string;

  /**
   * What its members may do.
   *
   * @default - none
   */
  readonly description?: string;
}

/** Properties of `TradingUserPool`. */
export interface TradingUserPoolProps {
  /**
   * Whether people may create an account by themselves. Otherwise an operator creates it.
   *
   * @default true
   */
  readonly selfSignUp?: boolean;

  /**
   * Whether accounts need a second factor, a code of an authenticator app. With REQUIRED, people who have none set it up when they
   * sign in the next time; the application must answer that challenge.
   *
   * @default cognito.Mfa.REQUIRED
   */
  readonly mfa?: cognito.Mfa;

  /**
   * Name of the group whose members may use the admin routes. Another name is another, empty group.
   *
   * @default 'operators'
   */
  readonly operatorsGroup?: string;

  /**
   * Groups besides that of the operators, for access lists of the application.
   *
   * @default - none
   */
  readonly groups?: TradingUserGroup[];

  /**
   * How long an access token is good for, from 5 minutes to a day. Tokens cannot be called back before they expire.
   *
   * @default Duration.minutes(15)
   */
  readonly accessTokenValidity?: Duration;

  /**
   * Who is told when an alarm of the pool changes its state.
   *
   * @default - nobody; the alarms exist
   */
  readonly alarmActions?: cloudwatch.IAlarmAction[];

  /**
   * What happens to the pool, and with it to every account, when it leaves the stack. DESTROY also turns its deletion
   * protection off.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * Accounts of traders and operators. A user's `sub` is the account id of the ledger. Sign-ins that look like a takeover are stopped,
 * leaked passwords refused. The client signs in with SRP, or with a password that our own API passes on.
 */
export class TradingUserPool extends Construct implements ITradingUserPool {
  /**
   * A user pool that exists already. Its settings and alarms are its owner's.
   *
   * @param scope scope of the import
   * @param id id of the import
   * @param attributes its id and that of a client
   */
  public static fromTradingUserPoolAttributes(scope: Construct, id: string, attributes: TradingUserPoolAttributes): ITradingUserPool {
    const within = new Construct(scope, id);
    return {
      userPool: cognito.UserPool.fromUserPoolId(within, 'Resource', attributes.userPoolId),
      client: cognito.UserPoolClient.fromUserPoolClientId(within, 'Client', attributes.userPoolClientId),
      operatorsGroup: attributes.operatorsGroup ?? 'operators',
    };
  }

  /** The pool. */
  public readonly userPool: cognito.IUserPool;
  /** The client that the API and the web application use; it has no secret. */
  public readonly client: cognito.IUserPoolClient;
  /** Group of operators. */
  public readonly operators: cognito.UserPoolGroup;
  /** Name of the group of operators. */
  public readonly operatorsGroup: string;
  /** The other groups, in the order of `groups`. */
  public readonly groups: cognito.UserPoolGroup[];
  /** Fires when Cognito refuses sign-ins because there are too many of them. */
  public readonly throttleAlarm: cloudwatch.Alarm;

  public constructor(scope: Construct, id: string, props: TradingUserPoolProps = {}) {
    super(scope, id);
    const removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN;
    const mfa = props.mfa ?? cognito.Mfa.REQUIRED;
    const access = props.accessTokenValidity ?? Duration.minutes(15);
    this.operatorsGroup = props.operatorsGroup ?? 'operators';
    this.validate(props.groups ?? [], access);
    this.userPool = new cognito.UserPool(this, 'Resource', {
      selfSignUpEnabled: props.selfSignUp ?? true,
      signInAliases: { username: true, email: true },
      autoVerify: { email: true },
      signInCaseSensitive: false,
      mfa,
      mfaSecondFactor: { otp: true, sms: false },
      accountRecovery: cognito.AccountRecovery.EMAIL_ONLY,
      passwordPolicy: { minLength: 12, requireLowercase: true, requireUppercase: true, requireDigits: true, requireSymbols: true },
      featurePlan: cognito.FeaturePlan.PLUS,
      standardThreatProtectionMode: cognito.StandardThreatProtectionMode.FULL_FUNCTION,
      deletionProtection: removalPolicy !== RemovalPolicy.DESTROY,
      removalPolicy,
    });
    if (mfa === cognito.Mfa.OFF) {
      Validations.of(this).addWarning('cdk-trading-platform:userPoolWithoutSecondFactor',
        'Nobody can have a second factor: a password that leaks is an account that is lost. Set `mfa` to REQUIRED, or to OPTIONAL.');
    }
    this.client = this.userPool.addClient('Client', {
      authFlows: { userPassword: true, userSrp: true },
      generateSecret: false,
      preventUserExistenceErrors: true,
      enableTokenRevocation: true,
      accessTokenValidity: access,
      idTokenValidity: access,
      refreshTokenValidity: Duration.days(1),
      // No hosted sign-in page: a pool with a domain refuses calls that come through a VPC endpoint.
      disableOAuth: true,
    });
    this.operators = this.userPool.addGroup('Operators', {
      groupName: this.operatorsGroup,
      description: 'May deposit play money and release halted partitions',
    });
    this.groups = (props.groups ?? []).map(({ name, description }) => this.userPool.addGroup(`Group-${name}`, { groupName: name, description }));
    this.throttleAlarm = alarm(this, 'ThrottleAlarm', {
      metric: this.metricThrottledSignIns(),
      description: 'Cognito refuses sign-ins: more people come back at a time than the quota of the account allows, or someone tries passwords.',
      threshold: 0,
      periods: 5,
      breaching: 3,
      actions: props.alarmActions,
    });
  }

  /**
   * Sign-ins. With the statistic 'Average' it is the share that succeeded. Sum over one minute unless said otherwise.
   *
   * @param options what to change about the metric
   */
  public metricSignIns(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('SignInSuccesses', options);
  }

  /**
   * Sign-ins that were refused because there were too many. Sum over one minute unless said otherwise.
   *
   * @param options what to change about the metric
   */
  public metricThrottledSignIns(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('SignInThrottles', options);
  }

  /**
   * Sign-ins that threat protection found risky. Sum over one minute unless said otherwise.
   *
   * @param options what to change about the metric
   */
  public metricRiskySignIns(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('Risk', { dimensionsMap: { Operation: 'SignIn', UserPoolId: this.userPool.userPoolId }, ...options });
  }

  private metric(metricName: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return new cloudwatch.Metric({
      namespace: 'AWS/Cognito',
      metricName,
      dimensionsMap: { UserPool: this.userPool.userPoolId, UserPoolClient: this.client.userPoolClientId },
      statistic: cloudwatch.Stats.SUM,
      period: Duration.minutes(1),
      ...options,
    });
  }

  private validate(groups: TradingUserGroup[], access: Duration): void {
    const faults = new Faults(this.node.path);
    const { operatorsGroup } = this;
    const names = [operatorsGroup, ...groups.map(({ name }) => name)];
    faults.check(isGroupName(operatorsGroup), `\`operatorsGroup\` must be a name of letters, digits, '.', '-' and '_', got: ${shown(operatorsGroup)}`);
    checkPlain(faults, { accessTokenValidity: access });
    faults.check(access.isUnresolved() || (access.toSeconds() >= 300 && access.toSeconds() <= 86_400),
      `\`accessTokenValidity\` must be from 5 minutes to a day, got: ${access.toHumanString()}`);
    for (const { name } of groups) faults.check(isGroupName(name), `\`groups\` must have names of letters, digits, '.', '-' and '_', got: ${shown(name)}`);
    faults.check(new Set(names).size === names.length, `\`groups\` must name each group once and not the one of operators, got: ${names.join(', ')}`);
    faults.throwIfAny();
  }
}

function isGroupName(name: string): boolean {
  return !Token.isUnresolved(name) && /^[A-Za-z0-9._-]{1,128}$/.test(name);
}

function shown(name: string): string {
  return Token.isUnresolved(name) ? 'an unresolved token' : `'${name}'`;
}
