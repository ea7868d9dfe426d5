/** A value in a template: JSON in which objects with one key may be intrinsic functions. */
export type TemplateValue = null | boolean | number | string | readonly TemplateValue[] | { readonly [key: string]: TemplateValue };

/** A resource as its template has it. */
export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: { readonly [name: string]: TemplateValue };
  readonly DependsOn?: string | readonly string[];
  readonly Condition?: string;
}

/** An output of a stack, exported or not. */
export interface TemplateOutput {
  readonly Value: TemplateValue;
  readonly Export?: { readonly Name: TemplateValue };
}

/** The parts of a CloudFormation template that we read. */
export interface Template {
  readonly Metadata?: { readonly [name: string]: TemplateValue };
  readonly Parameters?: { readonly [name: string]: { readonly Type: string; readonly Default?: TemplateValue } };
  readonly Mappings?: { readonly [name: string]: { readonly [top: string]: { readonly [second: string]: TemplateValue } } };
  readonly Conditions?: { readonly [name: string]: TemplateValue };
  readonly Resources?: { readonly [logicalId: string]: TemplateResource };
  readonly Outputs?: { readonly [name: string]: TemplateOutput };
}

/** A stack of the cloud assembly. */
export interface Stack {
  /** Artifact id, unique in the assembly. */
  readonly id: string;
  readonly name: string;
  readonly region: string;
  readonly template: Template;
  /** Folder that paths of its assets are relative to. */
  readonly directory: string;
  /** Ids of the stacks that are deployed before it. */
  readonly dependencies: readonly string[];
  /** Folder of the code of a function's or an image's asset, by its hash. */
  readonly assets: ReadonlyMap<string, string>;
}

/** A resource and where it stands. */
export interface Resource {
  readonly stack: Stack;
  readonly logicalId: string;
  readonly type: string;
  readonly properties: { readonly [name: string]: TemplateValue };
  readonly dependsOn: readonly string[];
  /** `Stack/LogicalId`: what messages name it by. */
  readonly path: string;
}

/** What a resource answers to Ref and GetAtt. */
export interface ResourceValues {
  readonly ref: string;
  readonly attributes: Readonly<Record<string, string | number | readonly string[]>>;
}
