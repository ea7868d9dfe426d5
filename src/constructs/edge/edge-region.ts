import { Stack, Token } from 'aws-cdk-lib';
import { Construct } from 'constructs';

/** Region that CloudFront takes certificates and web ACLs from. */
const REGION = 'us-east-1';

/** Where a platform's certificates and web ACLs of CloudFront live: always us-east-1, wherever its stacks are. */
export class EdgeRegion {
  /**
   * A scope in us-east-1 for what CloudFront takes from there only: `scope` itself when its stack is in us-east-1 or its region is open,
   * otherwise one in a stack beside it whose id and name end in `us-east-1`. `cdk deploy --all` deploys that stack too. Stacks in other
   * regions that use what is made there need `crossRegionReferences: true`; every `TradingStack` has it.
   *
   * @param scope construct that needs the thing
   */
  public static scopeFor(scope: Construct): Construct {
    const stack = Stack.of(scope);
    if (Token.isUnresolved(stack.region) || stack.region === REGION) return scope;
    const parent = stack.node.scope!;
    const id = `${stack.node.id}-${REGION}`;
    const support = parent.node.tryFindChild(id) as Stack | undefined ?? new Stack(parent, id, {
      env: { account: stack.account, region: REGION },
      stackName: `${stack.stackName}-${REGION}`,
      description: `What CloudFront takes from ${REGION} for ${stack.stackName}`,
      crossRegionReferences: true,
    });
    // The path below the stack, so that two constructs may each have a certificate.
    const path = scope.node.scopes.slice(stack.node.scopes.length).map(({ node }) => node.id).join('-');
    if (path === '') return support;
    return support.node.tryFindChild(path) as Construct | undefined ?? new Construct(support, path);
  }

  private constructor() {}
}
