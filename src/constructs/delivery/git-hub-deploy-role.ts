import { Duration, Stack, Token } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { ServiceRepositoryGrants } from './service-repository';
import { Faults } from '../../private/faults';

/** Properties of `GitHubDeployRole`. */
export interface GitHubDeployRoleProps {
  /** Repository whose workflows may assume the role, as `owner/name`. */
  readonly repository: string;

  /**
   * Branches whose workflows may. Anyone who can push to the branch can then deploy; protect it.
   *
   * @default - none; branches or environments must be given
   */
  readonly branches?: string[];

  /**
   * Environments of the repository whose jobs may. GitHub asks an environment's reviewers before the job starts.
   *
   * @default - none
   */
  readonly environments?: string[];

  /**
   * GitHub as an identity provider of this account, of which there can be one.
   *
   * @default - defined
   */
  readonly provider?: iam.IOidcProvider;

  /**
   * How long a workflow may act with one sign-in, from one to twelve hours.
   *
   * @default Duration.hours(1)
   */
  readonly maxSessionDuration?: Duration;
}

/** Where the CDK may work. */
export interface CdkDeploymentOptions {
  /**
   * Regions of the environments.
   *
   * @default - the region of the role's stack
   */
  readonly regions?: string[];

  /**
   * Qualifier that the environments were bootstrapped with.
   *
   * @default 'hnb659fds'
   */
  readonly qualifier?: string;
}

const HOST = 'token.actions.githubusercontent.com';

/**
 * Role of a GitHub Actions workflow without any stored key: GitHub signs who is running, AWS checks that it is this repository and one of
 * these branches or environments. At first it may do nothing; say what with its methods.
 */
export class GitHubDeployRole extends Construct implements iam.IGrantable {
  /** GitHub as an identity provider. */
  public readonly provider: iam.IOidcProvider;
  /** The role. */
  public readonly role: iam.Role;
  /** What the role may do. */
  public readonly policy: iam.ManagedPolicy;
  /** The role as one that can be granted something. */
  public readonly grantPrincipal: iam.IPrincipal;

  public constructor(scope: Construct, id: string, props: GitHubDeployRoleProps) {
    super(scope, id);
    const { repository } = props;
    const branches = props.branches ?? [];
    const environments = props.environments ?? [];
    const session = props.maxSessionDuration ?? Duration.hours(1);
    const faults = new Faults(this.node.path);
    faults.check(/^[A-Za-z0-9-]+\/[A-Za-z0-9._-]+$/.test(repository), `\`repository\` must be 'owner/name' without wildcards, got: '${repository}'`);
    faults.check(branches.length + environments.length > 0, '`branches` or `environments` must name at least one; without it every branch and every pull request could deploy');
    for (const [name, values] of [['branches', branches], ['environments', environments]] as const) {
      for (const value of values) faults.check(/^[^\s*?:]+( [^\s*?:]+)*$/.test(value), `\`${name}\` must not hold wildcards or colons, got: '${value}'`);
    }
    faults.check(session.isUnresolved() || (session.toMinutes() >= 60 && session.toMinutes() <= 720), `\`maxSessionDuration\` must be from one to twelve hours, got: ${session.toHumanString()}`);
    faults.throwIfAny();
    this.provider = props.provider ?? new iam.OidcProviderNative(this, 'Provider', { url: `https://${HOST}`, clientIds: ['sts.amazonaws.com'] });
    this.role = new iam.Role(this, 'Role', {
      description: `Workflows of ${repository}`,
      maxSessionDuration: session,
      assumedBy: new iam.WebIdentityPrincipal(this.provider.oidcProviderArn, {
        StringEquals: {
          [`${HOST}:aud`]: 'sts.amazonaws.com',
          [`${HOST}:sub`]: [
            ...branches.map((branch) => `repo:${repository}:ref:refs/heads/${branch}`),
            ...environments.map((environment) => `repo:${repository}:environment:${environment}`),
          ],
        },
      }),
    });
    this.policy = new iam.ManagedPolicy(this, 'Policy', { description: `What workflows of ${repository} may do`, roles: [this.role] });
    this.grantPrincipal = new PolicyPrincipal(this.role, this.policy);
  }

  /** Lets workflows run `cdk deploy` through the roles that `cdk bootstrap` made, which have the permissions proper. */
  public allowCdkDeployment(options: CdkDeploymentOptions = {}): void {
    this.allowBootstrapRoles('CdkDeployment', ['deploy', 'file-publishing', 'image-publishing', 'lookup'], options);
  }

  /**
   * Lets workflows publish assets, images to the bootstrap's ECR repository and everything else to its bucket, and deploy nothing: for a job
   * that no reviewer is asked about.
   */
  public allowCdkPublishing(options: CdkDeploymentOptions = {}): void {
    this.allowBootstrapRoles('CdkPublishing', ['file-publishing', 'image-publishing'], options);
  }

  /**
   * Lets workflows run `cdk diff --method=template`, and change nothing: for pull requests. The bootstrap's lookup role reads the whole
   * account, so let in those only who may see it.
   */
  public allowCdkDiff(options: CdkDeploymentOptions = {}): void {
    this.allowBootstrapRoles('CdkDiff', ['lookup'], options);
  }

  /** Lets workflows push images. They cannot delete any. */
  public allowPush(repository: ecr.IRepository): void {
    new ServiceRepositoryGrants(repository).push(this);
  }

  /** Lets workflows have a service run the newest image of its task definition, and wait for it. */
  public allowServiceUpdate(service: ecs.IBaseService): void {
    this.policy.addStatements(new iam.PolicyStatement({ actions: ['ecs:DescribeServices', 'ecs:UpdateService'], resources: [service.serviceArn] }));
  }

  private allowBootstrapRoles(sid: string, roles: readonly string[], options: CdkDeploymentOptions): void {
    const stack = Stack.of(this);
    const qualifier = options.qualifier ?? 'hnb659fds';
    const faults = new Faults(this.node.path);
    faults.check(Token.isUnresolved(qualifier) || /^[A-Za-z0-9_-]{1,10}$/.test(qualifier), `\`qualifier\` must be one to ten letters, digits, '-' and '_', got: '${qualifier}'`);
    faults.throwIfAny();
    this.policy.addStatements(new iam.PolicyStatement({
      sid,
      actions: ['sts:AssumeRole'],
      resources: (options.regions ?? [stack.region]).flatMap((region) => roles.map((role) => stack.formatArn({
        service: 'iam', region: '', resource: 'role', resourceName: `cdk-${qualifier}-${role}-role-${stack.account}-${region}`,
      }))),
    }));
  }
}

/** The role, whose grants go to its managed policy rather than inline. */
class PolicyPrincipal implements iam.IPrincipal {
  public readonly assumeRoleAction: string;
  public readonly policyFragment: iam.PrincipalPolicyFragment;
  public readonly grantPrincipal: iam.IPrincipal = this;
  public readonly principalAccount?: string;

  public constructor(role: iam.Role, private readonly policy: iam.ManagedPolicy) {
    this.assumeRoleAction = role.assumeRoleAction;
    this.policyFragment = role.policyFragment;
    this.principalAccount = role.principalAccount;
  }

  public addToPolicy(statement: iam.PolicyStatement): boolean {
    return this.addToPrincipalPolicy(statement).statementAdded;
  }

  public addToPrincipalPolicy(statement: iam.PolicyStatement): iam.AddToPrincipalPolicyResult {
    this.policy.addStatements(statement);
    return { statementAdded: true, policyDependable: this.policy };
  }
}
