import { PublicEndpoint } from '../../constructs/edge/public-endpoint';

/** Names of the load balancers where there are several regions; users never see them. */
export interface RetailOriginNames {
  /** Leads to the nearest region that answers. */
  readonly nearest: string;
  /** Leads to the home region. */
  readonly home: string;
}

/** The names below that of the exchange; undefined at CloudFront's own. */
export function originNames(endpoint?: PublicEndpoint): RetailOriginNames | undefined {
  const name = endpoint?.domainName;
  return name === undefined ? undefined : { nearest: `nearest.${name}`, home: `home.${name}` };
}
