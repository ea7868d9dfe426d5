import { environmentSchema } from './config.generated';
import { createApiServer } from './server';
import { createLogger, Health, Lifecycle, loadConfig, runMain } from '../../runtime';
import { createApi, GROUPS } from '../api';
import { tokenVerifier } from '../http/tokens';

async function main(): Promise<void> {
  const config = loadConfig('serverless-api-container', environmentSchema);
  const logger = createLogger({ service: 'serverless-api-container', environment: config.ENVIRONMENT, level: config.LOG_LEVEL });
  const lifecycle = new Lifecycle(logger);
  const server = createApiServer({
    router: createApi(GROUPS, config, logger),
    verify: tokenVerifier(config.USER_POOL_ISSUER, config.USER_POOL_CLIENT_ID),
    health: new Health('serverless-api-container'),
    logger,
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(config.PORT, resolve);
  });
  lifecycle.onStop('server', () => new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  }));
  logger.info({ port: config.PORT }, 'started');
}

runMain(main);
