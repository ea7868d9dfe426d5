import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { CollectorOptions } from '../../constructs/compute/collector-sidecar';
import { LedgerCapacity } from '../../constructs/data/ledger-capacity';
import { ReaderScaling } from '../../constructs/data/ledger-cluster-options';
import { GoogleSignIn, OktaSignIn, SignInDomain } from '../../constructs/identity/federated-identity';
import { CidrPlan } from '../../constructs/network/cidr-plan';
import { ManagedPrefixListIds } from '../../constructs/network/managed-prefix-lists';
import { InstrumentOptions } from '../instruments';
import { TradingSystemProps } from '../system-props';

/** A region that the exchange answers from. */
export interface RetailRegionOptions {
  /** Region, as a plain text such as 'us-west-2'. */
  readonly region: string;

  /**
   * Addresses of its network; those of two regions must not overlap.
   *
   * @default - 10.0.0.0/16 in the first region, 10.1.0.0/16 in the second, and so on
   */
  readonly cidrPlan?: CidrPlan;

  /**
   * Ids of AWS's own prefix lists there.
   *
   * @default - known for us-east-1 and us-west-2; must be given in other regions
   */
  readonly prefixListIds?: ManagedPrefixListIds;
}

/** Sign-in with accounts that people have elsewhere. At least one of `google` and `okta` is given. */
export interface RetailSignIn {
  /** Where the sign-in pages are. */
  readonly domain: SignInDomain;

  /**
   * Sign-in with Google.
   *
   * @default - none
   */
  readonly google?: GoogleSignIn;

  /**
   * Sign-in with an Okta organisation.
   *
   * @default - none
   */
  readonly okta?: OktaSignIn;

  /**
   * Pages that people return to with a code, and after signing out.
   *
   * @default - the root of the name in `endpoint`; must be given without such a name, because CloudFront's own is known only later
   */
  readonly callbackUrls?: string[];
}

/** Properties of `RetailExchange`. */
export interface RetailExchangeProps extends TradingSystemProps {
  /**
   * Regions that the exchange answers from. The first one is home: orders are matched and the ledger is written there. The others answer
   * what only reads, from copies. More than one needs an `endpoint` with a hosted zone.
   *
   * @default - the region of `env` alone
   */
  readonly regions?: RetailRegionOptions[];

  /**
   * Sign-in with Google and Okta, besides the password.
   *
   * @default - with a password only
   */
  readonly signIn?: RetailSignIn;

  /**
   * Whether people may create an account by themselves.
   *
   * @default true
   */
  readonly selfSignUp?: boolean;

  /**
   * Whether accounts with a password need a second factor. The sign-in pages ask for it; the reference API's own form cannot.
   *
   * @default cognito.Mfa.OPTIONAL
   */
  readonly mfa?: cognito.Mfa;

  /**
   * Instruments that are traded.
   *
   * @default - BTCUSDT and ETHUSDT
   */
  readonly instruments?: InstrumentOptions[];

  /**
   * Symbols whose live prices are streamed.
   *
   * @default - the symbols of the instruments
   */
  readonly symbols?: string[];

  /**
   * WebSocket of the exchange that prices come from, in Bybit's public protocol.
   *
   * @default - Bybit's spot market
   */
  readonly feedUrl?: string;

  /**
   * API tasks that run at least in the home region, all of them on Fargate: three keep their service when a zone is lost. Others run two
   * thirds of it, and at least two.
   *
   * @default 3
   */
  readonly apiMinCapacity?: number;

  /**
   * API tasks that run at most in each region; those above the minimum run on Fargate Spot.
   *
   * @default 12
   */
  readonly apiMaxCapacity?: number;

  /**
   * An OpenTelemetry collector beside each task of the API and each matcher, which hands traces of orders to X-Ray. Its image must be in a
   * registry that isolated subnets reach, such as your own ECR. In a system that exists already, give it in a deployment after the one that
   * brought this version to the matchers: an earlier one stops at a record that carries a trace.
   *
   * @default - only functions are traced
   */
  readonly collector?: CollectorOptions;

  /**
   * What the ledger's instances in the home region are made of.
   *
   * @default LedgerCapacity.serverless({ minAcu: 1, maxAcu: 16 })
   */
  readonly ledgerCapacity?: LedgerCapacity;

  /**
   * Readers of the ledger that come and go with the load, besides the one that is always there.
   *
   * @default - none
   */
  readonly readerScaling?: ReaderScaling;

  /**
   * Class of the ledger's copies in the other regions.
   *
   * @default - db.r7g.large
   */
  readonly ledgerCopyInstanceType?: ec2.InstanceType;

  /**
   * Type of the cache's nodes, in every region.
   *
   * @default 'cache.t4g.medium'
   */
  readonly cacheNodeType?: string;

  /**
   * Countries that are served or not, as ISO 3166-1 alpha-2 codes.
   *
   * @default - all are served
   */
  readonly geoRestriction?: cloudfront.GeoRestriction;
}
