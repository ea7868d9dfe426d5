import type { Provider } from './provider';
import { LocalError } from '../servers/errors';

/** CDK triggers: their function is invoked once at every start, after what they depend on; so it must be idempotent, as in AWS. */
export const triggers: Provider = {
  service: 'Trigger',
  types: ['Custom::Trigger'],
  up: async (resource, context) => {
    const arn = String(await context.property(resource, 'HandlerArn'));
    const target = context.functions.get(arn);
    if (!target) throw new LocalError(`${resource.path} triggers ${arn}, which does not run here.`);
    const result = target.invoke({});
    if (await context.property(resource, 'InvocationType') !== 'Event') {
      const outcome = await result;
      if ('error' in outcome) throw new LocalError(`${target.spec.service}, triggered by ${resource.path}, failed: ${outcome.error.errorMessage}`);
    }
    return { ref: resource.logicalId, attributes: {}, note: `${target.spec.service} ran` };
  },
};
