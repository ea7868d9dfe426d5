import { Assembly } from './load';
import type { Stack, Template, TemplateValue } from './model';
import { Resolver } from './resolve';

function stack(name: string, template: Template, region = 'us-east-1'): Stack {
  return { id: name, name, region, template, directory: '/nowhere', dependencies: [], assets: new Map() };
}

const data = stack('Data', {
  Resources: { Queue: { Type: 'AWS::SQS::Queue' } },
  Outputs: {
    Url: { Value: { Ref: 'Queue' } },
    Arn: { Value: { 'Fn::GetAtt': ['Queue', 'Arn'] }, Export: { Name: { 'Fn::Sub': '${AWS::StackName}:arn' } } },
  },
});
const app = stack('App', {
  Parameters: {
    Size: { Type: 'Number', Default: 3 },
    Names: { Type: 'CommaDelimitedList', Default: 'a,b' },
    Image: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/images/latest' },
    Given: { Type: 'String' },
  },
  Mappings: { Regions: { 'us-east-1': { zone: 'Z1' } } },
  Conditions: {
    Yes: { 'Fn::Equals': [{ Ref: 'Size' }, 3] },
    No: { 'Fn::Not': [{ Condition: 'Yes' }] },
    Both: { 'Fn::And': [{ Condition: 'Yes' }, { Condition: 'No' }] },
    Either: { 'Fn::Or': [{ Condition: 'Yes' }, { Condition: 'No' }] },
  },
  Resources: { Store: { Type: 'AWS::SQS::Queue' } },
});

const resolver = new Resolver(new Assembly('/nowhere', [data, app]), {
  valuesOf: async (resource) => ({ ref: `url-of-${resource.path}`, attributes: { 'Arn': `arn-of-${resource.path}`, 'Endpoint.Port': 5432 } }),
  secret: async (id) => ({ 'arn:aws:secretsmanager:us-east-1:000000000000:secret:db-abc123': '{"password":"p:w}","port":1}', 'token': 'plain' })[id],
  parameter: async (name) => ({ '/images/latest': 'img-7' })[name],
});
const resolve = (value: TemplateValue): Promise<unknown> => resolver.resolve(value, app, 'App/Thing.Properties.Value');

test.each<[string, TemplateValue, unknown]>([
  ['plain values', { a: [1, true, null, 'x'] }, { a: [1, true, null, 'x'] }],
  ['Ref to a resource', { Ref: 'Store' }, 'url-of-App/Store'],
  ['Ref to a parameter', { Ref: 'Size' }, 3],
  ['Ref to a list parameter', { Ref: 'Names' }, ['a', 'b']],
  ['Ref to a parameter of Systems Manager', { Ref: 'Image' }, 'img-7'],
  ['Ref to pseudo parameters', [{ Ref: 'AWS::Region' }, { Ref: 'AWS::AccountId' }, { Ref: 'AWS::Partition' }, { Ref: 'AWS::URLSuffix' }, { Ref: 'AWS::StackName' }],
    ['us-east-1', '000000000000', 'aws', 'amazonaws.com', 'App']],
  ['AWS::NoValue', { kept: 1, left: { Ref: 'AWS::NoValue' }, list: [{ Ref: 'AWS::NoValue' }, 2] }, { kept: 1, list: [2] }],
  ['GetAtt as a list', { 'Fn::GetAtt': ['Store', 'Endpoint.Port'] }, 5432],
  ['GetAtt as a text', { 'Fn::GetAtt': 'Store.Arn' }, 'arn-of-App/Store'],
  ['Join', { 'Fn::Join': [':', ['a', { Ref: 'Size' }, { 'Fn::GetAtt': ['Store', 'Arn'] }]] }, 'a:3:arn-of-App/Store'],
  ['Join over Split', { 'Fn::Join': ['-', { 'Fn::Split': [',', 'x,y,z'] }] }, 'x-y-z'],
  ['Select over GetAZs', { 'Fn::Select': [1, { 'Fn::GetAZs': '' }] }, 'us-east-1b'],
  ['GetAZs of a region', { 'Fn::GetAZs': { Ref: 'AWS::Region' } }, ['us-east-1a', 'us-east-1b', 'us-east-1c']],
  ['Sub', { 'Fn::Sub': '${AWS::Partition} ${Store} ${Store.Arn} ${!Literal}' }, 'aws url-of-App/Store arn-of-App/Store ${Literal}'],
  ['Sub with variables', { 'Fn::Sub': ['${v}-${Size}', { v: { Ref: 'AWS::Region' } }] }, 'us-east-1-3'],
  ['FindInMap', { 'Fn::FindInMap': ['Regions', { Ref: 'AWS::Region' }, 'zone'] }, 'Z1'],
  ['If', [{ 'Fn::If': ['Yes', 1, 2] }, { 'Fn::If': ['No', 1, 2] }, { 'Fn::If': ['Both', 1, 2] }, { 'Fn::If': ['Either', 1, 2] }], [1, 2, 2, 1]],
  ['If does not touch the branch that is not taken', { 'Fn::If': ['Yes', 'ok', { Ref: 'Nothing' }] }, 'ok'],
  ['ImportValue', { 'Fn::ImportValue': 'Data:arn' }, 'arn-of-Data/Queue'],
  ['GetStackOutput', { 'Fn::GetStackOutput': { StackName: 'Data', Region: 'us-east-1', OutputName: 'Url' } }, 'url-of-Data/Queue'],
  ['Base64', { 'Fn::Base64': 'text' }, 'dGV4dA=='],
  ['a secret by ARN and key', { 'Fn::Join': ['', ['{{resolve:secretsmanager:', 'arn:aws:secretsmanager:us-east-1:000000000000:secret:db-abc123', ':SecretString:password::}}']] }, 'p:w}'],
  ['a whole secret within a text', 'rediss://{{resolve:secretsmanager:token:SecretString:::}}@host', 'rediss://plain@host'],
  ['a secret by name alone', '{{resolve:secretsmanager:token}}', 'plain'],
  ['a parameter of Systems Manager', '{{resolve:ssm:/images/latest:3}}', 'img-7'],
])('%s', async (_, value, expected) => {
  expect(await resolve(value)).toEqual(expected);
});

test.each<[string, TemplateValue, string]>([
  ['an unknown function', { a: [{ 'Fn::Cidr': ['10.0.0.0/8', 1, 8] }] }, 'App/Thing.Properties.Value.a[0] cannot be resolved: the intrinsic function Fn::Cidr is not known here'],
  ['an unknown resource', { Ref: 'Nothing' }, 'App/Thing.Properties.Value cannot be resolved: there is no resource or parameter Nothing'],
  ['an unknown attribute', { 'Fn::GetAtt': ['Store', 'Colour'] }, 'Store has no attribute Colour here'],
  ['an unknown pseudo parameter', { Ref: 'AWS::Weather' }, 'the pseudo parameter AWS::Weather is not known here'],
  ['a parameter without default', { Ref: 'Given' }, 'the parameter Given has no default'],
  ['a select beyond the end', { 'Fn::Select': [3, ['a']] }, 'Fn::Select asks for item 3 of 1'],
  ['a mapping that is not there', { 'Fn::FindInMap': ['Regions', 'eu-west-1', 'zone'] }, 'there is no mapping Regions.eu-west-1.zone'],
  ['a condition that is not there', { 'Fn::If': ['Maybe', 1, 2] }, 'The template value App.Conditions.Maybe cannot be resolved: there is no such condition'],
  ['an export that is not there', { 'Fn::ImportValue': 'Nothing' }, 'no stack exports Nothing'],
  ['an output of another region', { 'Fn::GetStackOutput': { StackName: 'Data', Region: 'eu-west-1', OutputName: 'Url' } }, 'there is no output Url of a stack Data in eu-west-1'],
  ['a join of an object', { 'Fn::Join': ['', [{ a: 'b' }]] }, 'a text is expected, not {"a":"b"}'],
  ['a secret that is not there', '{{resolve:secretsmanager:other}}', 'there is no secret other'],
  ['a key that the secret lacks', '{{resolve:secretsmanager:arn:aws:secretsmanager:us-east-1:000000000000:secret:db-abc123:SecretString:user::}}', 'has no key user'],
  ['a key of a secret that is no JSON', '{{resolve:secretsmanager:token:SecretString:key::}}', 'is no JSON, so it has no key key'],
  ['another dynamic reference', '{{resolve:vault:x}}', 'dynamic references to vault are not known here'],
])('%s is an error that names the place', async (_, value, message) => {
  await expect(resolve(value)).rejects.toThrow(message);
  await expect(resolve(value)).rejects.toThrow(/^The template value App/);
});
