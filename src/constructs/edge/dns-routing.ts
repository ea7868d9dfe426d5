import { Token } from 'aws-cdk-lib';
import * as route53 from 'aws-cdk-lib/aws-route53';
import { Faults } from '../../private/faults';

/** One place that a name may lead to. */
export interface DnsEndpoint {
  /** What the name is an alias of: a load balancer, a distribution, an API. */
  readonly target: route53.IAliasRecordTarget;

  /** Region in which it stands. */
  readonly region: string;

  /**
   * Host name under which its health is asked for over HTTPS, one that leads to this endpoint alone.
   *
   * @default - `healthCheck`; one of the two is needed where there is more than one endpoint
   */
  readonly healthHost?: string;

  /**
   * Health check that exists already, such as one of an ARC routing control.
   *
   * @default - defined from `healthHost`
   */
  readonly healthCheck?: route53.IHealthCheck;
}

/** How Route 53 chooses among the endpoints of a name. */
export class DnsRouting {
  /** The name is an alias of one endpoint. */
  public static simple(target: route53.IAliasRecordTarget): DnsRouting {
    return new DnsRouting('simple', [{ target, region: '' }]);
  }

  /**
   * Each user is led to the healthy endpoint with the shortest way.
   *
   * @throws Error when there are fewer than two endpoints, two of one region, or one whose health nobody asks for
   */
  public static latency(endpoints: DnsEndpoint[]): DnsRouting {
    return new DnsRouting('latency', endpoints);
  }

  /**
   * Everyone is led to `primary` while it is healthy, and to `secondary` otherwise. Targets are load balancers or APIs: Route 53 cannot
   * look at the health of a CloudFront distribution, which fails over by its origin groups instead.
   *
   * @throws Error when both stand in one region, or nobody asks for the health of the primary
   */
  public static failover(primary: DnsEndpoint, secondary: DnsEndpoint): DnsRouting {
    return new DnsRouting('failover', [primary, secondary]);
  }

  private constructor(
    /** 'simple', 'latency' or 'failover'. */
    public readonly kind: string,
    /** The endpoints; with failover the primary comes first. */
    public readonly endpoints: DnsEndpoint[],
  ) {
    const faults = new Faults(`DnsRouting.${kind}`);
    const regions = endpoints.map(({ region }) => region);
    const checked = kind === 'failover' ? endpoints.slice(0, 1) : endpoints;
    if (kind !== 'simple') {
      faults.check(endpoints.length >= 2, `\`endpoints\` must be two or more, got: ${endpoints.length}`);
      faults.check(new Set(regions).size === regions.length, `\`region\` must be another one for each endpoint, got: ${regions.join(', ')}`);
      for (const { region } of endpoints) faults.check(!Token.isUnresolved(region), '`region` must be a plain text such as \'us-east-1\', got an unresolved token');
      for (const { region, healthHost, healthCheck } of checked) {
        faults.check(healthHost !== undefined || healthCheck !== undefined, `\`healthHost\` or \`healthCheck\` of ${region} must be given; without it Route 53 leads users to a region that is down`);
      }
    }
    for (const { region, healthHost, healthCheck } of endpoints) {
      faults.check(healthHost === undefined || healthCheck === undefined, `\`healthHost\` and \`healthCheck\` of ${region} exclude each other; leave one out`);
    }
    faults.throwIfAny();
  }
}
