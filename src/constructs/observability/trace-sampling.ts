import { Duration, Names, Token } from 'aws-cdk-lib';
import * as xray from 'aws-cdk-lib/aws-xray';
import { Construct } from 'constructs';
import { Faults } from '../../private/faults';

/** Which requests of a service are traced more or less than others. */
export interface TraceSamplingRule {
  /** Path of the requests, with `*` and `?` as wildcards, such as `/v1/orders*`. */
  readonly urlPath: string;

  /**
   * Method of the requests.
   *
   * @default - every method
   */
  readonly httpMethod?: string;

  /**
   * Name under which the service reports.
   *
   * @default - every service
   */
  readonly serviceName?: string;

  /** Share of the requests that is traced beyond the reservoir: 0 to 1. */
  readonly rate: number;

  /**
   * Requests per second that are traced in any case, over all tasks together.
   *
   * @default 1
   */
  readonly reservoir?: number;
}

/** Properties of `TraceSampling`. */
export interface TraceSamplingProps {
  /**
   * Rules in the order in which they are tried; the first that fits decides.
   *
   * @default - requests to `/health` are not traced, one of 20 others is
   */
  readonly rules?: TraceSamplingRule[];

  /**
   * Priority of the first rule; the others follow it. Rules of other systems in the account must use other numbers: 1 to 9999.
   *
   * @default 1000
   */
  readonly firstPriority?: number;

  /**
   * Part of the rate that an anomaly may raise it to, at most once an hour.
   *
   * @default - the rate stays as it is
   */
  readonly boostRate?: number;
}

const RULES: TraceSamplingRule[] = [{ urlPath: '/health', rate: 0, reservoir: 0 }, { urlPath: '*', rate: 0.05 }];

/**
 * Which requests X-Ray records. Tracing every request of an exchange costs more than the exchange, so a share is traced, and
 * health checks are not.
 */
export class TraceSampling extends Construct {
  /** The rules, in the order in which they are tried. */
  public readonly rules: xray.CfnSamplingRule[];

  public constructor(scope: Construct, id: string, props: TraceSamplingProps = {}) {
    super(scope, id);
    const rules = props.rules ?? RULES;
    const first = props.firstPriority ?? 1000;
    this.validate(props, rules, first);
    this.rules = rules.map((rule, index) => new xray.CfnSamplingRule(this, index === 0 ? 'Resource' : `Rule${index}`, {
      samplingRule: {
        // X-Ray knows rules by name and takes at most 32 letters; the rule of another system must not have the same one.
        ruleName: `${Names.uniqueResourceName(this, { maxLength: 27, separator: '-' })}-${first + index}`,
        priority: first + index,
        fixedRate: rule.rate,
        reservoirSize: rule.reservoir ?? 1,
        urlPath: rule.urlPath,
        httpMethod: rule.httpMethod ?? '*',
        serviceName: rule.serviceName ?? '*',
        host: '*',
        serviceType: '*',
        resourceArn: '*',
        version: 1,
        samplingRateBoost: props.boostRate === undefined || rule.rate === 0 ? undefined
          : { maxRate: props.boostRate, cooldownWindowMinutes: Duration.hours(1).toMinutes() },
      },
    }));
  }

  private validate(props: TraceSamplingProps, rules: TraceSamplingRule[], first: number): void {
    const faults = new Faults(this.node.path);
    const share = (value: number) => Token.isUnresolved(value) || (value >= 0 && value <= 1);
    faults.check(rules.length > 0, '`rules` must not be empty');
    faults.check(Number.isInteger(first) && first >= 1 && first + rules.length - 1 <= 9999,
      `\`firstPriority\` must leave room for ${rules.length} rules from 1 to 9999, got: ${first}`);
    faults.check(props.boostRate === undefined || share(props.boostRate), `\`boostRate\` must be from 0 to 1, got: ${props.boostRate}`);
    rules.forEach(({ rate, reservoir, urlPath }, index) => {
      faults.check(share(rate), `\`rules[${index}].rate\` must be from 0 to 1, got: ${rate}`);
      faults.check(reservoir === undefined || Token.isUnresolved(reservoir) || (Number.isInteger(reservoir) && reservoir >= 0),
        `\`rules[${index}].reservoir\` must be a whole number, at least 0, got: ${reservoir}`);
      faults.check(Token.isUnresolved(urlPath) || (urlPath.length >= 1 && urlPath.length <= 128), `\`rules[${index}].urlPath\` must have 1 to 128 letters, got: '${urlPath}'`);
    });
    faults.throwIfAny();
  }
}
