import { Stage } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';

/** Checks of ours that no acknowledgement is for: they look at objectives, not at rules. */
const WITHOUT_ACKNOWLEDGEMENTS = ['RecoveryObjective'];

/**
 * Whether a rule pack looks at a construct or at something below it. Where none does, nobody would read what is acknowledged, and a
 * synthesis without checks should not take the time that it takes to find it.
 *
 * The CDK tells the plugins of a stage only to itself; where it stops telling them like this, we take it that there are some.
 */
export function hasReaders(scope: IConstruct): boolean {
  const stages = [...scope.node.scopes, ...scope.node.findAll()].filter((each): each is Stage => Stage.isStage(each));
  return stages.some((stage) => {
    const { _validationPlugins: plugins } = stage as { readonly _validationPlugins?: readonly { readonly name: string }[] };
    return plugins === undefined || plugins.some(({ name }) => !WITHOUT_ACKNOWLEDGEMENTS.includes(name));
  });
}
