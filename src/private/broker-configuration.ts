import type { Faults } from './faults';
import type { BrokerQueue, BrokerRoute } from '../constructs/messaging/broker-queue';

/** Prefix of the queues that take what could not be delivered. */
export const DEAD_LETTER_PREFIX = 'DLQ.';

const NAME = /^[A-Za-z0-9._-]+$/;

/** Adds what is wrong with queues and routes. */
export function checkQueues(queues: BrokerQueue[], routes: BrokerRoute[], faults: Faults): void {
  const names = queues.map(({ name }) => name);
  faults.check(names.length > 0, '`queues` must name at least one queue');
  faults.check(new Set(names).size === names.length, `\`queues\` must name each queue once, got: ${names.join(', ')}`);
  for (const { name, depthThreshold, readers, writers } of queues) {
    faults.check(NAME.test(name) && !name.startsWith(DEAD_LETTER_PREFIX), `\`name\` of a queue must consist of letters, digits, '.', '-' and '_' and not begin with '${DEAD_LETTER_PREFIX}', got: '${name}'`);
    faults.check(depthThreshold === undefined || depthThreshold >= 1, `\`depthThreshold\` of ${name} must be 1 or more, got: ${depthThreshold}`);
    for (const group of [...(readers ?? []), ...(writers ?? [])]) faults.check(NAME.test(group), `groups of ${name} must consist of letters, digits, '.', '-' and '_', got: '${group}'`);
  }
  for (const { source, destination, selector } of routes) {
    for (const queue of [source, destination]) faults.check(names.includes(queue), `\`routes\` must lead from and to one of \`queues\` (${names.join(', ')}), got: '${queue}'`);
    faults.check(source !== destination, `\`routes\` must not lead from ${source} to itself`);
    faults.check(selector.trim() !== '', `\`selector\` from ${source} to ${destination} must not be empty`);
  }
}

/**
 * Configuration of ActiveMQ: every message is on disk before it is acknowledged, what cannot be delivered goes to a queue of its own
 * per queue, and routes copy by selector.
 */
export function brokerConfiguration(queues: BrokerQueue[], routes: BrokerRoute[]): string {
  return [
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>',
    '<broker xmlns="http://activemq.apache.org/schema/core" schedulePeriodForDestinationPurge="10000">',
    ...destinationInterceptors(routes),
    '  <destinationPolicy>',
    '    <policyMap>',
    '      <policyEntries>',
    '        <policyEntry queue="&gt;" prioritizedMessages="true">',
    '          <deadLetterStrategy>',
    `            <individualDeadLetterStrategy queuePrefix="${DEAD_LETTER_PREFIX}" useQueueForQueueMessages="true" processExpired="true" processNonPersistent="true"/>`,
    '          </deadLetterStrategy>',
    '        </policyEntry>',
    '      </policyEntries>',
    '    </policyMap>',
    '  </destinationPolicy>',
    // Without concurrent dispatch a message reaches no consumer before it is stored.
    '  <persistenceAdapter>',
    '    <kahaDB concurrentStoreAndDispatchQueues="false"/>',
    '  </persistenceAdapter>',
    ...plugins(queues),
    '</broker>',
    '',
  ].join('\n');
}

function destinationInterceptors(routes: BrokerRoute[]): string[] {
  if (routes.length === 0) return [];
  const sources = [...new Set(routes.map((route) => route.source))];
  return [
    '  <destinationInterceptors>',
    '    <virtualDestinationInterceptor>',
    '      <virtualDestinations>',
    ...sources.flatMap((source) => [
      `        <compositeQueue name="${text(source)}" forwardOnly="true">`,
      '          <forwardTo>',
      ...routes.filter((route) => route.source === source).map(({ destination, selector }) => `            <filteredDestination queue="${text(destination)}" selector="${text(selector)}"/>`),
      '          </forwardTo>',
      '        </compositeQueue>',
    ]),
    '      </virtualDestinations>',
    '    </virtualDestinationInterceptor>',
    '  </destinationInterceptors>',
  ];
}

/** Once a queue names groups, what has no entry is for administrators only. */
function plugins(queues: BrokerQueue[]): string[] {
  if (queues.every(({ readers, writers }) => readers === undefined && writers === undefined)) return [];
  const everyone = [...new Set(queues.flatMap(({ readers, writers }) => [...(readers ?? []), ...(writers ?? [])]))];
  const entry = (destination: string, read: string[], write: string[]) =>
    `            <authorizationEntry ${destination} read="${['admins', ...read].join(',')}" write="${['admins', ...write].join(',')}" admin="${['admins', ...write].join(',')}"/>`;
  return [
    '  <plugins>',
    '    <authorizationPlugin>',
    '      <map>',
    '        <authorizationMap>',
    '          <authorizationEntries>',
    entry('queue="&gt;"', [], []),
    ...queues.map(({ name, readers, writers }) => entry(`queue="${text(name)}"`, readers ?? everyone, writers ?? everyone)),
    // Clients create and read these by themselves.
    entry('topic="ActiveMQ.Advisory.&gt;"', everyone, everyone),
    '          </authorizationEntries>',
    '        </authorizationMap>',
    '      </map>',
    '    </authorizationPlugin>',
    '  </plugins>',
  ];
}

function text(value: string): string {
  return value.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;').replace(/'/g, '&apos;');
}
