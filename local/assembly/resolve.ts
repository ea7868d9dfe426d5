import { resolveDynamic } from './dynamic-references';
import type { Assembly } from './load';
import type { Resource, ResourceValues, Stack, TemplateValue } from './model';
import { LOCAL_ACCOUNT } from '../servers/emulator';
import { LocalError } from '../servers/errors';

/** What a resolver must ask of the running platform. */
export interface World {
  /** Ref and attributes of a resource; waits until it is there. */
  valuesOf(resource: Resource, askedBy: string): Promise<ResourceValues>;
  /** Text of a secret, by ARN or name. */
  secret(id: string): Promise<string | undefined>;
  /** Value of a Systems Manager parameter. */
  parameter(name: string): Promise<string | undefined>;
}

/** A value after its intrinsic functions are done. */
export type Resolved = undefined | null | boolean | number | string | Resolved[] | { [key: string]: Resolved };

interface Place {
  readonly stack: Stack;
  /** Where in the template we are, for messages. */
  readonly path: string;
}

type IntrinsicFunction = (argument: TemplateValue, place: Place) => Promise<Resolved>;

/** Computes template values: intrinsic functions within and across stacks, conditions, and dynamic references. */
export class Resolver {
  private readonly functions: Readonly<Record<string, IntrinsicFunction>> = {
    'Ref': (argument, place) => this.ref(this.text(argument, place), place),
    'Condition': async (argument, place) => this.condition(place.stack, this.text(argument, place)),
    'Fn::GetAtt': (argument, place) => this.getAtt(argument, place),
    'Fn::Sub': (argument, place) => this.sub(argument, place),
    'Fn::Join': async (argument, place) => {
      const [separator, items] = await this.list(argument, place);
      return this.listOf(items, place).map((item) => this.text(item, place)).join(this.text(separator, place));
    },
    'Fn::Split': async (argument, place) => {
      const [separator, text] = await this.list(argument, place);
      return this.text(text, place).split(this.text(separator, place));
    },
    'Fn::Select': async (argument, place) => {
      const [index, items] = await this.list(argument, place);
      const values = this.listOf(items, place);
      const at = Number(index);
      if (!Number.isInteger(at) || at < 0 || at >= values.length) throw this.fault(place, `Fn::Select asks for item ${String(index)} of ${values.length}`);
      return values[at];
    },
    'Fn::GetAZs': async (argument, place) => {
      const region = (await this.resolve(argument, place.stack, place.path)) || place.stack.region;
      return ['a', 'b', 'c'].map((zone) => `${String(region)}${zone}`);
    },
    'Fn::FindInMap': async (argument, place) => {
      const [map, top, second] = (await this.list(argument, place)).map((item) => this.text(item, place));
      const found = place.stack.template.Mappings?.[map]?.[top]?.[second];
      if (found === undefined) throw this.fault(place, `there is no mapping ${map}.${top}.${second}`);
      return this.resolve(found, place.stack, place.path);
    },
    'Fn::If': async (argument, place) => {
      if (!Array.isArray(argument) || argument.length !== 3) throw this.fault(place, 'Fn::If takes a condition and two values');
      const [condition, yes, no] = argument as TemplateValue[];
      return this.resolve(await this.condition(place.stack, this.text(condition, place)) ? yes : no, place.stack, place.path);
    },
    'Fn::Equals': async (argument, place) => {
      const [left, right] = await this.list(argument, place);
      return JSON.stringify(left) === JSON.stringify(right);
    },
    'Fn::And': async (argument, place) => (await this.list(argument, place)).every(Boolean),
    'Fn::Or': async (argument, place) => (await this.list(argument, place)).some(Boolean),
    'Fn::Not': async (argument, place) => !(await this.list(argument, place))[0],
    'Fn::Base64': async (argument, place) => Buffer.from(this.text(await this.resolve(argument, place.stack, place.path), place)).toString('base64'),
    'Fn::ImportValue': async (argument, place) => this.importValue(this.text(await this.resolve(argument, place.stack, place.path), place), place),
    'Fn::GetStackOutput': (argument, place) => this.stackOutput(argument, place),
  };

  constructor(private readonly assembly: Assembly, private readonly world: World) {}

  /**
   * The value with everything in it computed; list items and keys whose value is AWS::NoValue are left out.
   *
   * @param path names the place in messages, for example `Data/Queue.Properties.QueueName`
   * @throws LocalError when something in it cannot be computed; the message names the place
   */
  async resolve(value: TemplateValue | undefined, stack: Stack, path: string): Promise<Resolved> {
    if (value === undefined || value === null || typeof value === 'boolean' || typeof value === 'number') return value;
    const place = { stack, path };
    if (typeof value === 'string') return this.dynamic(value, place);
    if (Array.isArray(value)) {
      const items = await Promise.all((value as TemplateValue[]).map((item, i) => this.resolve(item, stack, `${path}[${i}]`)));
      return items.filter((item) => item !== undefined);
    }
    const entries = Object.entries(value as Record<string, TemplateValue>);
    if (entries.length === 1 && (entries[0][0] === 'Ref' || entries[0][0] === 'Condition' && typeof entries[0][1] === 'string' || entries[0][0].startsWith('Fn::'))) {
      const [name, argument] = entries[0];
      const intrinsic = this.functions[name];
      if (!intrinsic) throw this.fault(place, `the intrinsic function ${name} is not known here`);
      const result = await intrinsic(argument, place);
      return typeof result === 'string' ? this.dynamic(result, place) : result;
    }
    const resolved = await Promise.all(entries.map(async ([key, item]) => [key, await this.resolve(item, stack, `${path}.${key}`)] as const));
    return Object.fromEntries(resolved.filter(([, item]) => item !== undefined));
  }

  /** Whether a condition of a stack holds. */
  async condition(stack: Stack, name: string): Promise<boolean> {
    const path = `${stack.name}.Conditions.${name}`;
    const found = stack.template.Conditions?.[name];
    if (found === undefined) throw this.fault({ stack, path }, 'there is no such condition');
    return Boolean(await this.resolve(found, stack, path));
  }

  private async ref(name: string, place: Place): Promise<Resolved> {
    const { stack } = place;
    const pseudo: Record<string, Resolved> = {
      'AWS::Region': stack.region,
      'AWS::AccountId': LOCAL_ACCOUNT,
      'AWS::Partition': 'aws',
      'AWS::URLSuffix': 'amazonaws.com',
      'AWS::StackName': stack.name,
      'AWS::StackId': `arn:aws:cloudformation:${stack.region}:${LOCAL_ACCOUNT}:stack/${stack.name}/local`,
      'AWS::NotificationARNs': [],
      'AWS::NoValue': undefined,
    };
    if (name in pseudo) return pseudo[name];
    if (name.startsWith('AWS::')) throw this.fault(place, `the pseudo parameter ${name} is not known here`);
    const parameter = stack.template.Parameters?.[name];
    if (parameter) return this.templateParameter(name, parameter, place);
    return (await this.values(name, place)).ref;
  }

  private async templateParameter(name: string, parameter: { Type: string; Default?: TemplateValue }, place: Place): Promise<Resolved> {
    if (parameter.Default === undefined) throw this.fault(place, `the parameter ${name} has no default`);
    if (!parameter.Type.startsWith('AWS::SSM::Parameter::Value<')) {
      return parameter.Type.startsWith('List<') || parameter.Type === 'CommaDelimitedList' ? String(parameter.Default).split(',') : this.resolve(parameter.Default, place.stack, place.path);
    }
    const value = await this.world.parameter(String(parameter.Default));
    if (value === undefined) throw this.fault(place, `there is no Systems Manager parameter ${String(parameter.Default)}`);
    return parameter.Type.includes('List<') ? value.split(',') : value;
  }

  private async getAtt(argument: TemplateValue, place: Place): Promise<Resolved> {
    const parts = typeof argument === 'string' ? argument.split('.') : (await this.list(argument, place)).map((item) => this.text(item, place));
    const [logicalId, ...rest] = parts;
    return this.attribute(logicalId, rest.join('.'), place);
  }

  private async attribute(logicalId: string, attribute: string, place: Place): Promise<Resolved> {
    const value = (await this.values(logicalId, place)).attributes[attribute];
    if (value === undefined) throw this.fault(place, `${logicalId} has no attribute ${attribute} here`);
    return typeof value === 'object' ? [...value] : value;
  }

  private values(logicalId: string, place: Place): Promise<ResourceValues> {
    const resource = this.assembly.resource(place.stack, logicalId);
    if (!resource) throw this.fault(place, `there is no resource or parameter ${logicalId}`);
    return this.world.valuesOf(resource, place.path);
  }

  private async sub(argument: TemplateValue, place: Place): Promise<Resolved> {
    const [body, variables] = Array.isArray(argument) ? argument as TemplateValue[] : [argument, {}];
    const given = await this.resolve(variables ?? {}, place.stack, place.path) as Record<string, Resolved>;
    const text = this.text(body, place);
    const parts = await Promise.all(text.split(/(\$\{[^}]+\})/).map(async (part) => {
      const name = /^\$\{([^}]+)\}$/.exec(part)?.[1];
      if (name === undefined) return part;
      if (name.startsWith('!')) return `\${${name.slice(1)}}`;
      if (name in given) return this.text(given[name], place);
      const dot = name.startsWith('AWS::') ? -1 : name.indexOf('.');
      return this.text(dot < 0 ? await this.ref(name, place) : await this.attribute(name.slice(0, dot), name.slice(dot + 1), place), place);
    }));
    return parts.join('');
  }

  private async importValue(name: string, place: Place): Promise<Resolved> {
    for (const stack of this.assembly.stacks.filter((one) => one.region === place.stack.region)) {
      for (const [output, { Value, Export }] of Object.entries(stack.template.Outputs ?? {})) {
        if (!Export) continue;
        const path = `${stack.name}.Outputs.${output}`;
        if (await this.resolve(Export.Name, stack, `${path}.Export`) === name) return this.resolve(Value, stack, path);
      }
    }
    throw this.fault(place, `no stack exports ${name}`);
  }

  private async stackOutput(argument: TemplateValue, place: Place): Promise<Resolved> {
    const { StackName, OutputName, Region } = await this.resolve(argument, place.stack, place.path) as Record<string, Resolved>;
    const region = Region === undefined ? place.stack.region : this.text(Region, place);
    const stack = this.assembly.stackNamed(this.text(StackName, place), region);
    const output = stack?.template.Outputs?.[this.text(OutputName, place)];
    if (!stack || !output) throw this.fault(place, `there is no output ${String(OutputName)} of a stack ${String(StackName)} in ${region}`);
    return this.resolve(output.Value, stack, `${stack.name}.Outputs.${String(OutputName)}`);
  }

  private async dynamic(text: string, place: Place): Promise<string> {
    return text.includes('{{resolve:') ? resolveDynamic(text, this.world, (problem) => this.fault(place, problem)) : text;
  }

  private async list(argument: TemplateValue, place: Place): Promise<Resolved[]> {
    return this.listOf(await this.resolve(argument, place.stack, place.path), place);
  }

  private listOf(value: Resolved, place: Place): Resolved[] {
    if (!Array.isArray(value)) throw this.fault(place, 'a list is expected');
    return value;
  }

  private text(value: Resolved | TemplateValue, place: Place): string {
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value);
    throw this.fault(place, `a text is expected, not ${JSON.stringify(value)}`);
  }

  private fault(place: Place, problem: string): LocalError {
    return new LocalError(`The template value ${place.path} cannot be resolved: ${problem}.`);
  }
}
