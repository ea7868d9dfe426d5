import { authorize, type AuthorizerEvent, tokenVerifier } from './authorize';
import { environmentSchema } from './config.generated';
import { createLogger, loadConfig } from '../../runtime';

const config = loadConfig('socket-api-authorizer', environmentSchema);
const logger = createLogger({ service: 'socket-api-authorizer', environment: config.ENVIRONMENT, level: config.LOG_LEVEL });
const verify = tokenVerifier(config.USER_POOL_ISSUER, config.USER_POOL_CLIENT_ID);

/** Request authorizer of `$connect`. */
export function handler(event: AuthorizerEvent): Promise<object> {
  return authorize(event, verify, config.ALLOWED_ORIGINS, logger);
}
