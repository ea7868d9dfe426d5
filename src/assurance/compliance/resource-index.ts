import { basename } from 'node:path';
import { CfnResource, Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** A resource of a template, found again in the construct tree. */
export interface IndexedResource {
  readonly path: string;
  readonly type: string;
  readonly logicalId: string;
  readonly construct: CfnResource;
}

/** Where each resource of an app stands in the tree and in its template. */
export class ResourceIndex {
  private readonly byPath = new Map<string, IndexedResource>();
  private readonly byTemplate = new Map<string, IndexedResource>();

  public constructor(root: IConstruct) {
    for (const construct of root.node.findAll()) {
      if (!CfnResource.isCfnResource(construct)) continue;
      const stack = Stack.of(construct);
      const logicalId = stack.resolve(construct.logicalId) as string;
      const resource = { path: construct.node.path, type: construct.cfnResourceType, logicalId, construct };
      this.byPath.set(resource.path, resource);
      this.byTemplate.set(`${stack.templateFile}#${logicalId}`, resource);
    }
  }

  public get size(): number {
    return this.byPath.size;
  }

  public get resources(): IndexedResource[] {
    return [...this.byPath.values()];
  }

  public at(path: string): IndexedResource | undefined {
    return this.byPath.get(path);
  }

  /** @param templatePath path of the template, of which the name counts */
  public inTemplate(templatePath: string, logicalId: string): IndexedResource | undefined {
    return this.byTemplate.get(`${basename(templatePath)}#${logicalId}`);
  }
}
