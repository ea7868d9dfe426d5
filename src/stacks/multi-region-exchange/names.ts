import { PublicEndpoint } from '../../constructs/edge/public-endpoint';

/** Name that leads our distribution to the load balancer of the region that serves; undefined at CloudFront's own name. */
export function originName(endpoint?: PublicEndpoint): string | undefined {
  return endpoint?.domainName === undefined ? undefined : `origin.${endpoint.domainName}`;
}

/** Name of the user service; undefined at CloudFront's own name. */
export function usersName(endpoint?: PublicEndpoint): string | undefined {
  return endpoint?.domainName === undefined ? undefined : `users.${endpoint.domainName}`;
}
