import { CfnResource } from 'aws-cdk-lib';

const upper = (name: string) => name[0].toUpperCase() + name.slice(1);

/** A view of a resource that notes which of its properties somebody reads. */
export function withReads(node: CfnResource): { readonly proxy: CfnResource; readonly reads: Set<string> } {
  const reads = new Set<string>();
  const known = new Set(propertyNames(node));
  const proxy = new Proxy(node, {
    get(target, name) {
      if (typeof name === 'string' && known.has(name)) reads.add(upper(name));
      // Getters must see the resource itself.
      return Reflect.get(target, name, target) as unknown;
    },
  });
  return { proxy, reads };
}

/** Names of the properties of a generated resource class, which it renders from its own accessors of the same name. */
function propertyNames(node: CfnResource): string[] {
  const properties = (node as unknown as { cfnProperties?: Record<string, unknown> }).cfnProperties ?? {};
  return Object.keys(properties).filter((name) => name !== 'tags');
}
