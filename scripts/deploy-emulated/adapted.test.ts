import { withForeignOutputs, withoutRefused, withPublishedParameters } from './adapted';
import { page } from './report';
import { failedResources, unrecognized } from './stack-deployment';

const template = {
  Resources: {
    Odd: { Type: 'AWS::New::Thing', Properties: { Name: 'x' }, DependsOn: ['Queue'] },
    Queue: {
      Type: 'AWS::SQS::Queue',
      Properties: { A: { Ref: 'Odd' }, B: { 'Fn::GetAtt': ['Odd', 'Arn'] }, C: { 'Fn::Sub': 'x-${Odd.Name}-${Other}' }, D: { 'Fn::GetAtt': ['Odd', 'Endpoint.Port'] } },
    },
    Other: { Type: 'AWS::SQS::Queue' },
  },
  Outputs: { Odd: { Value: { Ref: 'Odd' } } },
};

test('what is refused becomes an empty resource, and who refers to it gets a text', () => {
  const { Resources, Outputs } = withoutRefused(template, [{ logicalId: 'Odd', type: 'AWS::New::Thing', reason: 'unknown type' }]);
  expect(Resources!.Odd).toEqual({ Type: 'AWS::CloudFormation::WaitConditionHandle' });
  expect(Resources!.Queue.Properties).toEqual({
    A: 'placeholder-Odd', B: 'arn:aws:placeholder:us-east-1:000000000000:Odd', C: { 'Fn::Sub': 'x-Odd-${Other}' }, D: '5432',
  });
  expect(Resources!.Other).toEqual(template.Resources.Other);
  expect(Outputs!.Odd.Value).toBe('placeholder-Odd');
});

test('outputs of another region are looked up, those of the own one are left to the emulator', async () => {
  const reference = (Region: string) => ({ 'Fn::GetStackOutput': { StackName: 'S', OutputName: 'O', Region } });
  const source = { Resources: { Q: { Type: 'AWS::SQS::Queue', Properties: { A: reference('us-west-2'), B: reference('us-east-1') } } } };
  const { template: result, replaced } = await withForeignOutputs(source, 'us-east-1', async (name, region) => ({ O: `${name} of ${region}` }));
  expect({ replaced, properties: result.Resources!.Q.Properties }).toEqual({ replaced: 1, properties: { A: 'S of us-west-2', B: reference('us-east-1') } });
});

test('a parameter that AWS publishes is made up, others stay', () => {
  const own = { Type: 'String', Default: '/aws/service/x' };
  const Published = { Type: 'AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>', Default: '/aws/service/ecs/image' };
  expect(withPublishedParameters({ Parameters: { own, Published } }).Parameters).toEqual({ own, Published: { Type: 'String', Default: 'ami-00000000000000000' } });
  const plain = { Parameters: { own } };
  expect(withPublishedParameters(plain)).toBe(plain);
});

test('types and resources that the emulator refuses are read from what the command line prints', () => {
  expect(unrecognized('Template format error: Unrecognized resource types: [AWS::A::B, AWS::C::D]\n x Unsupported resource type: AWS::E::F')).toEqual(['AWS::A::B', 'AWS::C::D', 'AWS::E::F']);
  const output = [
    'S | 2/9 | 1:00:00 PM | CREATE_FAILED | AWS::SQS::Queue | S/Queue/Resource (Queue) it has no name',
    'S | 3/9 | 1:00:00 PM | CREATE_FAILED | AWS::SQS::Queue | S/Other (Other) Resource creation cancelled',
    'S | 4/9 | 1:00:00 PM | CREATE_COMPLETE | AWS::SQS::Queue | S/Other (Other)',
  ].join('\n');
  expect(failedResources(output, template.Resources)).toEqual([{ logicalId: 'Queue', reason: 'it has no name' }]);
});

test('the page says for each stack how far it came, and each reason once', () => {
  const refused = [{ logicalId: 'A1', type: 'AWS::X::Y', reason: 'A1 is | odd' }, { logicalId: 'B2', type: 'AWS::X::Y', reason: 'B2 is | odd' }];
  const stacks = [
    { stack: 'One', resources: 3, complete: true, completeWithout: true, refused: [], lookedUp: 0 },
    { stack: 'Two', resources: 5, complete: false, completeWithout: true, refused, lookedUp: 0 },
    { stack: 'Three', resources: 1, complete: false, completeWithout: false, refused: [], lookedUp: 0, failure: 'no such thing' },
  ];
  const text = page([{ system: 'Sim', deployAll: false, stacks }], ['AWS::A::B'], new Date('2026-11-21T12:00:00Z'));
  expect(text).toContain('Last run: 2026-11-21.');
  expect(text).toContain('| Sim | One | 3 | complete |  |');
  expect(text).toContain('| Sim | Two | 5 | refused | complete without 2 |');
  expect(text).toContain('| Sim | Three | 1 | refused | failed: no such thing |');
  expect(text).toContain('| `AWS::X::Y` | 2 | … is \\| odd |');
});
