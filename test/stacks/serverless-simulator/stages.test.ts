/** Moving up replaces nothing that keeps state: same logical ids, and no property changed whose change would replace the resource. */
import { FORMS, serverless, serverlessStacks } from '../../support/serverless';
import { Resource, resourcesOf } from '../../support/templates';

const STATEFUL = /(::Table|::GlobalTable|::Stream|::Queue|::Bucket|::DBCluster|::DBInstance|::UserPool|::UserPoolClient|::UserPoolGroup|::Key|::Secret|::Topic|::RestApi|::Distribution)$/;

/**
 * Logical ids of everything that keeps data: what each form adds to the one before. Another id is another resource, so an entry changes
 * only together with a plan for the data.
 */
const FROZEN: Record<string, string[]> = {
  MVP: [
    'Data/AlarmsUndelivered3D473D67', 'Data/IdentityB9BD10AD', 'Data/Key961B73FD', 'Data/OriginSecret96CC82AE', 'Data/Trades57427FC0',
    'Site/AccessLogs247031D9', 'Site/SiteBucket978D4AEB', 'Site/WebAclLogsKey6A9A47C7',
  ],
  EXPAND: [
    'Data/AccessLogs247031D9', 'Data/BacktestsCC9CFAE0', 'Data/ColdStore509854E3', 'Data/LightBacktests90991A1E',
    'Data/LightBacktestsDeadLetterQueueE299D1E6', 'Data/PricesEE64517D',
  ],
  SCALE: [
    'Data/ConnectionsF4DA67CD', 'Data/HeavyBacktestsDeadLetterQueue279DDC01', 'Data/HeavyBacktestsF32C7CA7', 'Network/NetworkFlowLogsKey9F917D90',
  ],
  FULL: ['Data/AnalyticsAdminSecret971AA2D4', 'Data/AnalyticsF5FDC64B'],
};

const keepsData = /(::GlobalTable|::Queue|::Bucket|::DBInstance|::UserPool|::Key|::Secret)$/;

type Templates = Record<string, Record<string, Resource>>;
const templates = Object.fromEntries(Object.entries(FORMS).map(([form, props]) => [
  form, Object.fromEntries(Object.entries(serverlessStacks(serverless(props))).map(([name, stack]) => [name, resourcesOf(stack)])),
])) as Record<string, Templates>;

function stateful(form: string, types = STATEFUL): Record<string, Resource> {
  return Object.fromEntries(Object.entries(templates[form]).flatMap(([stack, resources]) => (
    Object.entries(resources).filter(([, { Type }]) => types.test(Type)).map(([id, resource]) => [`${stack}/${id}`, resource]))));
}

/** What of a type may change without a replacement; everything else must stay as it is. */
const MUTABLE: Record<string, string[]> = {
  // The deployment's own key; no key material.
  'AWS::KMS::Key': ['KeyPolicy'],
  'AWS::CloudFront::Distribution': ['DistributionConfig'],
  'AWS::ApiGateway::RestApi': [],
};

const STEPS: Array<[string, string]> = [['MVP', 'EXPAND'], ['EXPAND', 'SCALE'], ['MVP', 'SCALE'], ['SCALE', 'FULL']];

test.each(STEPS)('%s to %s keeps every resource with state, as it is', (from, to) => {
  const after = stateful(to);
  for (const [key, resource] of Object.entries(stateful(from))) {
    // An API of functions and one of containers are two APIs; neither keeps anything, and CloudFront is told of the new one.
    if (to === 'FULL' && resource.Type === 'AWS::ApiGateway::RestApi') continue;
    expect({ key, there: key in after }).toEqual({ key, there: true });
    const without = ({ Type, Properties }: Resource) => ({
      Type, Properties: Object.fromEntries(Object.entries(Properties ?? {}).filter(([name]) => !(MUTABLE[Type] ?? []).includes(name))),
    });
    expect({ key, ...without(after[key]) }).toEqual({ key, ...without(resource) });
    expect([after[key].DeletionPolicy, after[key].UpdateReplacePolicy]).toEqual([resource.DeletionPolicy, resource.UpdateReplacePolicy]);
  }
});

test.each(Object.keys(FORMS))('%s: state is kept when it leaves the stack', (form) => {
  for (const [key, resource] of Object.entries(stateful(form, keepsData))) {
    // A stream's logs and the alarms' own leftovers included.
    expect({ key, on: [resource.DeletionPolicy, resource.UpdateReplacePolicy] }).toEqual({ key, on: ['Retain', 'Retain'] });
  }
});

test.each(Object.keys(FORMS))('%s: logical ids of what keeps state are frozen', (form) => {
  const forms = Object.keys(FROZEN);
  const frozen = forms.slice(0, forms.indexOf(form) + 1).flatMap((one) => FROZEN[one]);
  expect(Object.keys(stateful(form, keepsData)).sort()).toEqual(frozen.sort());
});
