import { Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * A text with tokens as cdk-nag writes it into the id of a finding: `Fn::Join` becomes one text, `Ref` and `Fn::GetAtt` are put
 * between angle brackets, every other function stays as JSON.
 */
export function flatFinding(scope: IConstruct, text: unknown): string {
  return flat(Stack.of(scope).resolve(text));
}

function flat(value: unknown): string {
  if (typeof value === 'string') return value.replace(/\${/g, '<').replace(/}/g, '>');
  const [name, argument] = Object.entries(value as Record<string, unknown>)[0];
  switch (name) {
    case 'Fn::Join': {
      const [delimiter, parts] = argument as [string, unknown[]];
      return parts.map(flat).join(delimiter);
    }
    case 'Fn::GetAtt': return `<${(argument as string[]).join('.')}>`;
    case 'Ref': return `<${argument as string}>`;
    default: return JSON.stringify(value);
  }
}
