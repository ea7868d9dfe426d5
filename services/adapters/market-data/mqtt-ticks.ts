import { connect, type MqttClient } from 'mqtt';
import type { Ticker } from '../../domain';
import type { Logger } from '../../runtime';

export interface MqttOptions {
  /** Endpoints of the broker's instances, `mqtt+ssl://host:8883` or `mqtt://host:1883`; the one that answers is used. */
  readonly endpoints: readonly string[];
  readonly username: string;
  readonly password: string;
  readonly logger: Logger;
}

/** Topic of a symbol's ticks. */
export const tickTopic = (symbol: string): string => `ticker/${symbol}`;

/** Connects to the instance of a broker that is active, and keeps reconnecting. */
export function connectMqtt({ endpoints, username, password, logger }: MqttOptions): MqttClient {
  const servers = endpoints.map((endpoint) => {
    const { protocol, hostname, port } = new URL(endpoint);
    const secure = protocol !== 'mqtt:';
    return { host: hostname, port: Number(port || (secure ? 8883 : 1883)), protocol: secure ? 'mqtts' as const : 'mqtt' as const };
  });
  const client = connect({
    servers, username, password, protocolVersion: 4, clean: true, keepalive: 30, reconnectPeriod: 1_000, connectTimeout: 5_000, queueQoSZero: false,
  });
  let failing = false;
  client.on('error', (error) => {
    if (!failing) logger.warn({ reason: error.message }, 'MQTT connection failed; reconnecting');
    failing = true;
  });
  client.on('connect', () => { failing = false; });
  return client;
}

/**
 * Mirrors ticks to MQTT, the newest of each symbol at a time: a client that is slow, or a broker that is away, gets fewer ticks and never old
 * ones. They are retained, so that whoever subscribes has a price at once.
 */
export class MqttTicks {
  private readonly newest = new Map<string, Ticker>();
  private readonly busy = new Set<string>();
  private sent = 0;

  constructor(private readonly client: MqttClient) {
    client.on('connect', () => { for (const symbol of this.newest.keys()) this.flush(symbol); });
  }

  publish(ticker: Ticker): void {
    this.newest.set(ticker.symbol, ticker);
    this.flush(ticker.symbol);
  }

  state(): { readonly connected: boolean; readonly sent: number } {
    return { connected: this.client.connected, sent: this.sent };
  }

  private flush(symbol: string): void {
    const ticker = this.newest.get(symbol);
    if (ticker === undefined || this.busy.has(symbol) || !this.client.connected) return;
    this.newest.delete(symbol);
    this.busy.add(symbol);
    this.client.publish(tickTopic(symbol), JSON.stringify(ticker), { qos: 1, retain: true }, (error) => {
      this.busy.delete(symbol);
      if (!error) this.sent++;
      this.flush(symbol);
    });
  }
}
