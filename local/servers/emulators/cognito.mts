import { createRequire } from 'node:module';
import './loopback.mts';
import './cognito-tokens.mts';

// Run by `startCognito` in the folder that holds `.cognito/`; its configuration file says port and certificate.
createRequire(import.meta.url)('cognito-local/lib/bin/start.js');
