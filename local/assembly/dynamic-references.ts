/** Where the values of dynamic references come from. */
export interface ReferenceSource {
  secret(id: string): Promise<string | undefined>;
  parameter(name: string): Promise<string | undefined>;
}

/**
 * Puts values in the place of `{{resolve:secretsmanager:…}}` and `{{resolve:ssm:…}}`.
 *
 * @param fault makes the error for a reference that cannot be resolved
 */
export async function resolveDynamic(text: string, source: ReferenceSource, fault: (problem: string) => Error): Promise<string> {
  const parts = await Promise.all(text.split(/(\{\{resolve:[^}]+\}\})/).map(async (part) => {
    const reference = /^\{\{resolve:([a-z-]+):(.+)\}\}$/.exec(part);
    if (!reference) return part;
    const [, service, rest] = reference;
    if (service === 'ssm' || service === 'ssm-secure') {
      const name = rest.replace(/:\d+$/, '');
      const value = await source.parameter(name);
      if (value === undefined) throw fault(`there is no Systems Manager parameter ${name}`);
      return value;
    }
    if (service !== 'secretsmanager') throw fault(`dynamic references to ${service} are not known here`);
    const { id, jsonKey } = secretReference(rest);
    return secretValue(await source.secret(id), id, jsonKey, fault);
  }));
  return parts.join('');
}

/** A secret, and the key of its JSON that is meant; without a key the whole text. */
export interface SecretReference {
  readonly id: string;
  readonly jsonKey?: string;
}

// secret id (a name, or an ARN with its own colons), then SecretString, key, stage, version
function secretReference(text: string): SecretReference {
  const match = /^(.+?)(?::SecretString(?::([^:]*))?(?::([^:]*))?(?::([^:]*))?)?$/.exec(text);
  return { id: match?.[1] ?? text, jsonKey: match?.[2] || undefined };
}

/** Reads `arn:aws:secretsmanager:region:account:secret:name[:json-key:stage:version]`, as ECS task definitions have it. */
export function containerSecret(valueFrom: string): SecretReference {
  const parts = valueFrom.split(':');
  return parts.length <= 7 ? { id: valueFrom } : { id: parts.slice(0, 7).join(':'), jsonKey: parts[7] || undefined };
}

/** The text of a secret, or one value of its JSON. */
export function secretValue(text: string | undefined, id: string, jsonKey: string | undefined, fault: (problem: string) => Error): string {
  if (text === undefined) throw fault(`there is no secret ${id}`);
  if (jsonKey === undefined) return text;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw fault(`the secret ${id} is no JSON, so it has no key ${jsonKey}`);
  }
  const value = (parsed as Record<string, unknown> | null)?.[jsonKey];
  if (value === undefined || value === null || typeof value === 'object') throw fault(`the secret ${id} has no key ${jsonKey}`);
  return String(value);
}
