import type { Provider } from './provider';
import { physicalName } from '../runtime/names';

/** Systems Manager parameters: values of the template, for who refers to them. */
export const ssm: Provider = {
  service: 'SSM',
  types: ['AWS::SSM::Parameter'],
  up: async (resource, context) => {
    const name = physicalName(resource, await context.property(resource, 'Name'), { max: 1_011 });
    const type = String(await context.property(resource, 'Type'));
    return { ref: name, attributes: { Value: String(await context.property(resource, 'Value')), Type: type } };
  },
};
