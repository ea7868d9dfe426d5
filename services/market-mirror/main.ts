import { KinesisClient } from '@aws-sdk/client-kinesis';
import { z } from 'zod';
import { AmqpSender, closeAmqp, connectAmqp } from '../adapters/events/amqp-link';
import { connectMqtt, MqttTicks } from '../adapters/market-data/mqtt-ticks';
import { createLedgerPool } from '../adapters/postgres/pool';
import { awsClientSettings, awsStreamSettings, ConfigurationError, createLogger, Health, Lifecycle, loadConfig, runMain, startHealthServer } from '../runtime';
import { environmentSchema } from './config.generated';
import { FillMirror } from './fill-mirror';
import { TickSource } from './tick-source';

const credentialsSchema = z.object({ username: z.string().min(1), password: z.string().min(1) });

function credentialsOf(text: string): z.output<typeof credentialsSchema> {
  try {
    return credentialsSchema.parse(JSON.parse(text));
  } catch {
    throw new ConfigurationError('market-mirror cannot start: BROKER_CREDENTIALS must be JSON with the fields username and password');
  }
}

async function main(): Promise<void> {
  const config = loadConfig('market-mirror', environmentSchema);
  const logger = createLogger({ service: 'market-mirror', environment: config.ENVIRONMENT, level: config.LOG_LEVEL });
  const lifecycle = new Lifecycle(logger);
  const endpoints = (text: string): string[] => text.split(',').filter((one) => one !== '' && one !== 'none');
  const amqpEndpoints = endpoints(config.AMQP_ENDPOINTS);
  const mqttEndpoints = endpoints(config.MQTT_ENDPOINTS);
  const credentials = credentialsOf(config.BROKER_CREDENTIALS);
  const health = new Health('market-mirror');
  const server = await startHealthServer(health, config.PORT);
  lifecycle.onStop('health server', () => new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  }));
  if (amqpEndpoints.length === 0 || mqttEndpoints.length === 0) {
    logger.warn('there is no broker, so nothing is mirrored');
    return;
  }
  const requests = new KinesisClient(awsClientSettings(5_000, 1, 4));
  const subscriptions = new KinesisClient(awsStreamSettings());
  const pool = createLedgerPool({ url: config.LEDGER_URL, region: process.env.AWS_REGION ?? '', logger, max: 2, applicationName: 'market-mirror' });
  const amqp = connectAmqp({ endpoints: amqpEndpoints, ...credentials, name: 'market-mirror', logger });
  const mqtt = connectMqtt({ endpoints: mqttEndpoints, ...credentials, logger });
  const ticks = new MqttTicks(mqtt);
  const source = new TickSource({
    stream: config.MARKET_DATA_STREAM,
    consumerArn: config.MARKET_DATA_CONSUMER_ARN,
    requests,
    subscriptions,
    logger,
    onTick: (ticker) => ticks.publish(ticker),
  });
  const fills = new FillMirror({
    pool, mqtt, sender: new AmqpSender(amqp, config.EVENT_QUEUE), partition: config.PARTITION, pollIntervalMs: config.POLL_INTERVAL_MS, logger,
  });
  // Nothing here is critical: a mirror that is restarted has the same broker.
  health
    .add({ name: 'broker', critical: false, check: () => (mqtt.connected && amqp.is_open() ? undefined : 'the broker does not answer') })
    .add({ name: 'ticks', critical: false, check: () => source.state().problem })
    .add({ name: 'fills', critical: false, check: () => fills.state().problem });
  lifecycle.onStop('clients', () => {
    requests.destroy();
    subscriptions.destroy();
  });
  lifecycle.onStop('broker', async () => {
    await Promise.all([mqtt.endAsync(), closeAmqp(amqp)]);
  });
  lifecycle.onStop('ledger', () => pool.end());
  lifecycle.onStop('fills', () => fills.stop());
  lifecycle.onStop('ticks', () => source.stop());
  source.start();
  fills.start();
  logger.info({ amqp: amqpEndpoints, mqtt: mqttEndpoints }, 'started');
}

runMain(main);
