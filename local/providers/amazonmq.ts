import type { Provided, Provider } from './provider';
import { physicalName } from '../runtime/names';

/**
 * Amazon MQ has no stand-in: no order waits for a broker, and the service that feeds it rests when there is none. A broker of one's own, such as
 * RabbitMQ with its plugins, takes its place when LOCAL_BROKER_AMQP and LOCAL_BROKER_MQTT name it; it must know the template's credentials.
 */
export const amazonMq: Provider = {
  service: 'AmazonMQ',
  types: ['AWS::AmazonMQ::Broker', 'AWS::AmazonMQ::Configuration'],
  up: async (resource): Promise<Provided> => {
    const ref = physicalName(resource, undefined, { max: 50 });
    if (resource.type.endsWith('Configuration')) return { ref, attributes: { Id: ref, Revision: 1 } };
    const amqp = process.env.LOCAL_BROKER_AMQP ?? 'none';
    return {
      ref,
      attributes: { AmqpEndpoints: [amqp], MqttEndpoints: [process.env.LOCAL_BROKER_MQTT ?? 'none'] },
      note: amqp === 'none' ? 'no broker here; nothing is mirrored' : amqp,
    };
  },
};
