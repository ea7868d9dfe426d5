import { createApi } from './api';
import { environmentSchema } from './config.generated';
import { createLogger, loadConfig } from '../runtime';
import { lambdaHandler } from './http/lambda';

const config = loadConfig('serverless-api', environmentSchema);
const logger = createLogger({ service: 'serverless-api', environment: config.ENVIRONMENT, level: config.LOG_LEVEL });

/** Answers one request of API Gateway. */
export const handler = lambdaHandler(createApi(config.GROUPS, config, logger));
