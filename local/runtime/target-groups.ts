import type { TargetGroup } from './load-balancer';

/** The target groups of a platform by ARN. */
export class TargetGroups {
  private readonly groups = new Map<string, TargetGroup>();

  add(arn: string, group: TargetGroup): void {
    this.groups.set(arn, group);
  }

  get(arn: string): TargetGroup | undefined {
    return this.groups.get(arn);
  }
}
