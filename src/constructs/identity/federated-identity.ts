import { Duration, SecretValue, Token } from 'aws-cdk-lib';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';
import { Faults } from '../../private/faults';
import { checkPlain } from '../../private/plain';

/** Sign-in with Google. */
export interface GoogleSignIn {
  /** Client id from the Google Cloud console. */
  readonly clientId: string;

  /** Client secret from there, for example `SecretValue.secretsManager(…)`. */
  readonly clientSecret: SecretValue;
}

/** Sign-in with an Okta organisation. */
export interface OktaSignIn {
  /** Issuer of the tokens: `https://{organisation}.okta.com`, or one of its authorization servers. */
  readonly issuerUrl: string;

  /** Client id of the application in Okta. */
  readonly clientId: string;

  /** Client secret of that application, for example `SecretValue.secretsManager(…)`. */
  readonly clientSecret: SecretValue;
}

/** Where people sign in. */
export class SignInDomain {
  /**
   * A name below Cognito's own domain, `{prefix}.auth.{region}.amazoncognito.com`.
   *
   * @param prefix the first part of the name
   * @throws Error when the prefix is not one
   */
  public static prefix(prefix: string): SignInDomain {
    const faults = new Faults('SignInDomain.prefix');
    faults.check(Token.isUnresolved(prefix) || (/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(prefix) && !/aws|amazon|cognito/.test(prefix)),
      `\`prefix\` must be lower-case letters, digits and dashes, without 'aws', 'amazon' and 'cognito', got: '${prefix}'`);
    faults.throwIfAny();
    return new SignInDomain(prefix);
  }

  /**
   * A name of your own, such as `auth.example.com`. Its parent domain needs an address record before it is made.
   *
   * @param domainName the name
   * @param certificate its certificate, in us-east-1
   */
  public static custom(domainName: string, certificate: acm.ICertificate): SignInDomain {
    return new SignInDomain(undefined, domainName, certificate);
  }

  private constructor(
    /** Prefix below Cognito's domain. */
    public readonly domainPrefix?: string,
    /** Name of your own. */
    public readonly domainName?: string,
    /** Certificate of that name. */
    public readonly certificate?: acm.ICertificate,
  ) {}
}

/** Properties of `FederatedIdentity`. */
export interface FederatedIdentityProps {
  /** Pool whose accounts people from elsewhere get, for example that of `TradingUserPool`. */
  readonly userPool: cognito.IUserPool;

  /** Where people sign in. */
  readonly domain: SignInDomain;

  /** Pages of the application that people return to with a code; HTTPS, or `http://localhost` for development. */
  readonly callbackUrls: string[];

  /**
   * Pages that people see after signing out.
   *
   * @default - none
   */
  readonly logoutUrls?: string[];

  /**
   * Sign-in with Google. Google, Okta or both must be given.
   *
   * @default - none
   */
  readonly google?: GoogleSignIn;

  /**
   * Sign-in with Okta.
   *
   * @default - none
   */
  readonly okta?: OktaSignIn;

  /**
   * Whether accounts of the pool itself may sign in here as well.
   *
   * @default true
   */
  readonly localAccounts?: boolean;

  /**
   * Scopes of the platform's APIs that the application may ask for, besides openid, email and profile.
   *
   * @default - none
   */
  readonly scopes?: cognito.OAuthScope[];

  /**
   * How long access and id tokens are good for, from 5 minutes to a day. Tokens cannot be called back before they expire.
   *
   * @default Duration.minutes(15)
   */
  readonly accessTokenValidity?: Duration;

  /**
   * How long people stay signed in without being asked again, from an hour to ten years.
   *
   * @default Duration.days(1)
   */
  readonly refreshTokenValidity?: Duration;
}

/**
 * Sign-in with Google and Okta for an existing user pool: the providers, the sign-in pages, and a client without a secret that takes
 * authorization codes only, for applications that use PKCE.
 */
export class FederatedIdentity extends Construct {
  /** Google as a provider; undefined without `google`. */
  public readonly google?: cognito.UserPoolIdentityProviderGoogle;
  /** Okta as a provider; undefined without `okta`. */
  public readonly okta?: cognito.UserPoolIdentityProviderOidc;
  /** The sign-in pages. */
  public readonly domain: cognito.UserPoolDomain;
  /** The client that the application uses; it has no secret. */
  public readonly client: cognito.UserPoolClient;
  /** URL that the application sends people to, without its query. */
  public readonly authorizeUrl: string;
  private readonly userPool: cognito.IUserPool;

  public constructor(scope: Construct, id: string, props: FederatedIdentityProps) {
    super(scope, id);
    const { userPool, google, okta } = props;
    this.userPool = userPool;
    const access = props.accessTokenValidity ?? Duration.minutes(15);
    const refresh = props.refreshTokenValidity ?? Duration.days(1);
    const faults = new Faults(this.node.path);
    faults.check(google !== undefined || okta !== undefined, '`google` or `okta` must be given; for accounts of the pool alone TradingUserPool is enough');
    faults.check(props.callbackUrls.length > 0, '`callbackUrls` must name at least one page');
    for (const [name, urls] of [['callbackUrls', props.callbackUrls], ['logoutUrls', props.logoutUrls ?? []]] as const) {
      for (const url of urls) faults.check(isSafe(url), `\`${name}\` must be https:// or http://localhost without wildcards, got: '${url}'`);
    }
    faults.check(okta === undefined || Token.isUnresolved(okta.issuerUrl) || /^https:\/\/[^\s?#]+[^/\s?#]$/.test(okta.issuerUrl), `\`okta.issuerUrl\` must be https:// without a slash at the end, got: '${okta?.issuerUrl}'`);
    checkPlain(faults, { accessTokenValidity: access });
    faults.check(access.isUnresolved() || (access.toSeconds() >= 300 && access.toSeconds() <= 86_400), `\`accessTokenValidity\` must be from 5 minutes to a day, got: ${access.toHumanString()}`);
    faults.check(refresh.isUnresolved() || (refresh.toSeconds() >= 3600 && refresh.toDays({ integral: false }) <= 3650), `\`refreshTokenValidity\` must be from an hour to ten years, got: ${refresh.toHumanString()}`);
    faults.throwIfAny();

    if (google !== undefined) {
      this.google = new cognito.UserPoolIdentityProviderGoogle(this, 'Google', {
        userPool,
        clientId: google.clientId,
        clientSecretValue: google.clientSecret,
        scopes: ['openid', 'email', 'profile'],
        attributeMapping: {
          email: cognito.ProviderAttribute.GOOGLE_EMAIL,
          emailVerified: cognito.ProviderAttribute.GOOGLE_EMAIL_VERIFIED,
          fullname: cognito.ProviderAttribute.GOOGLE_NAME,
        },
      });
    }
    if (okta !== undefined) {
      this.okta = new cognito.UserPoolIdentityProviderOidc(this, 'Okta', {
        userPool,
        name: 'Okta',
        issuerUrl: okta.issuerUrl,
        clientId: okta.clientId,
        // Unwrapped as a dynamic reference: the template names the secret, CloudFormation reads it.
        clientSecret: okta.clientSecret.unsafeUnwrap(),
        scopes: ['openid', 'email', 'profile'],
        attributeMapping: {
          email: cognito.ProviderAttribute.other('email'),
          emailVerified: cognito.ProviderAttribute.other('email_verified'),
          fullname: cognito.ProviderAttribute.other('name'),
        },
      });
    }
    this.domain = this.createDomain(userPool, props.domain);
    this.client = this.createClient(props, access, refresh);
    for (const provider of [this.google, this.okta]) if (provider !== undefined) this.client.node.addDependency(provider);
    this.authorizeUrl = `${this.domain.baseUrl()}/oauth2/authorize`;
  }

  /**
   * Sign-ins that a provider sent. With the statistic 'Average' it is the share that succeeded. Sum over one minute unless said
   * otherwise.
   *
   * @param provider name of the provider: 'Google' or 'Okta'
   * @param options what to change about the metric
   */
  public metricFederatedSignIns(provider: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return new cloudwatch.Metric({
      namespace: 'AWS/Cognito',
      metricName: 'FederationSuccesses',
      dimensionsMap: { UserPool: this.userPool.userPoolId, UserPoolClient: this.client.userPoolClientId, IdentityProvider: provider },
      statistic: cloudwatch.Stats.SUM,
      period: Duration.minutes(1),
      ...options,
    });
  }

  private createDomain(userPool: cognito.IUserPool, { domainPrefix, domainName, certificate }: SignInDomain): cognito.UserPoolDomain {
    return new cognito.UserPoolDomain(this, 'Domain', {
      userPool,
      ...(domainPrefix === undefined
        ? { customDomain: { domainName: domainName!, certificate: certificate! } }
        : { cognitoDomain: { domainPrefix } }),
    });
  }

  private createClient(props: FederatedIdentityProps, access: Duration, refresh: Duration): cognito.UserPoolClient {
    const client = new cognito.UserPoolClient(this, 'Client', {
      userPool: props.userPool,
      generateSecret: false,
      preventUserExistenceErrors: true,
      enableTokenRevocation: true,
      accessTokenValidity: access,
      idTokenValidity: access,
      refreshTokenValidity: refresh,
      supportedIdentityProviders: [
        ...((props.localAccounts ?? true) ? [cognito.UserPoolClientIdentityProvider.COGNITO] : []),
        ...(props.google === undefined ? [] : [cognito.UserPoolClientIdentityProvider.GOOGLE]),
        ...(props.okta === undefined ? [] : [cognito.UserPoolClientIdentityProvider.custom('Okta')]),
      ],
      oAuth: {
        flows: { authorizationCodeGrant: true, implicitCodeGrant: false, clientCredentials: false },
        scopes: [cognito.OAuthScope.OPENID, cognito.OAuthScope.EMAIL, cognito.OAuthScope.PROFILE, ...(props.scopes ?? [])],
        callbackUrls: props.callbackUrls,
        logoutUrls: props.logoutUrls,
      },
    });
    // Passwords are typed on the sign-in pages only, never into the API of this client.
    (client.node.defaultChild as cognito.CfnUserPoolClient).explicitAuthFlows = ['ALLOW_REFRESH_TOKEN_AUTH'];
    return client;
  }
}

function isSafe(url: string): boolean {
  return Token.isUnresolved(url) || (/^(https:\/\/[^\s*]+|http:\/\/localhost(:\d+)?(\/[^\s*]*)?)$/.test(url) && !url.includes('#'));
}
