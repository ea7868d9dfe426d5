/** How many resources of each type a stack has, by CloudFormation's name of the type. */
export type ResourceCounts = Readonly<Record<string, number>>;

/** A stack as the bare app builds it. */
export interface StackPlan {
  readonly name: string;
  readonly region: string;
  /** Stacks of one name here use each other's resources, those of one region with the CloudFront in front of it. */
  readonly group: string;
  readonly counts: ResourceCounts;
}

/** What the bare app is built after. */
export interface BareAppPlan {
  readonly stacks: readonly StackPlan[];
  /** Folders of functions' code. */
  readonly code: readonly string[];
  /** Folders of images. */
  readonly images: readonly string[];
}

/** What of a stack's resources is still to be built. A class that makes several kinds at once takes all of them. */
export class Budget {
  private readonly left: Map<string, number>;

  constructor(counts: ResourceCounts) {
    this.left = new Map(Object.entries(counts));
  }

  /** How many of a type are left. @param type without `AWS::` */
  count(type: string): number {
    return this.left.get(cloudFormationName(type)) ?? 0;
  }

  /** Takes some of a type, at most what is left; answers with how many it got. */
  take(type: string, wanted = 1): number {
    const taken = Math.min(wanted, this.count(type));
    this.left.set(cloudFormationName(type), this.count(type) - taken);
    return taken;
  }

  /** Does something once for each that is left of a type, and takes them. */
  each<T>(type: string, make: (id: string, index: number) => T): T[] {
    const total = this.take(type, Infinity);
    return Array.from({ length: total }, (_, index) => make(`${type.replaceAll('::', '')}${index}`, index));
  }

  /** Types that nothing was built for, without `AWS::`. */
  get rest(): string[] {
    return [...this.left].filter(([, count]) => count > 0).map(([type]) => type.replace(/^AWS::/, ''));
  }
}

/** Name of a type with the `AWS::` that is left out here. */
export function cloudFormationName(type: string): string {
  return type.startsWith('Custom::') ? type : `AWS::${type}`;
}
