import { randomInt } from 'node:crypto';
import type { DataFolder } from '../data-folder';

/** Properties of AWS::SecretsManager::Secret's GenerateSecretString. */
export interface GenerateSecretString {
  readonly SecretStringTemplate?: string;
  readonly GenerateStringKey?: string;
  readonly PasswordLength?: number | string;
  readonly ExcludeCharacters?: string;
  readonly ExcludePunctuation?: boolean | string;
  readonly ExcludeNumbers?: boolean | string;
  readonly ExcludeUppercase?: boolean | string;
  readonly ExcludeLowercase?: boolean | string;
  readonly IncludeSpace?: boolean | string;
  readonly RequireEachIncludedType?: boolean | string;
}

const FILE = 'secrets.json';

/** Texts of the secrets, kept in the data folder. */
export class SecretStore {
  private readonly texts: Record<string, string>;
  private readonly names = new Map<string, string>();

  constructor(private readonly data: DataFolder) {
    this.texts = data.readJson<Record<string, string>>(FILE, {});
  }

  /** Makes a secret known by its ARN and keeps its text from an earlier run, if there is one. */
  register(name: string, arn: string, create: () => string): void {
    this.names.set(arn, name);
    this.texts[name] ??= create();
    this.save();
  }

  /** Text of a secret that the running template has, by ARN or name. */
  get(id: string): string | undefined {
    const name = this.names.get(id) ?? ([...this.names.values()].includes(id) ? id : undefined);
    return name === undefined ? undefined : this.texts[name];
  }

  /** ARN of a secret by ARN or name. */
  arnOf(id: string): string | undefined {
    return [...this.names].find(([arn, name]) => arn === id || name === id)?.[0];
  }

  /** Adds values to a secret that holds a JSON object. */
  merge(arn: string, values: Readonly<Record<string, string | number>>): void {
    const name = this.names.get(arn);
    if (name === undefined) throw new Error(`there is no secret ${arn}`);
    this.texts[name] = JSON.stringify({ ...JSON.parse(this.texts[name]) as object, ...values });
    this.save();
  }

  private save(): void {
    this.data.writeJson(FILE, this.texts);
  }
}

const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const DIGITS = '0123456789';
const PUNCTUATION = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';

const isTrue = (value: boolean | string | undefined): boolean => value === true || value === 'true';

/** A text by the rules of Secrets Manager: 32 characters of every kind unless the properties say otherwise. */
export function generateSecret(rules: GenerateSecretString): string {
  const excluded = new Set(rules.ExcludeCharacters ?? '');
  const kinds = [
    isTrue(rules.ExcludeLowercase) ? '' : LOWER,
    isTrue(rules.ExcludeUppercase) ? '' : LOWER.toUpperCase(),
    isTrue(rules.ExcludeNumbers) ? '' : DIGITS,
    isTrue(rules.ExcludePunctuation) ? '' : PUNCTUATION,
    isTrue(rules.IncludeSpace) ? ' ' : '',
  ].map((kind) => [...kind].filter((character) => !excluded.has(character))).filter((kind) => kind.length > 0);
  const length = Number(rules.PasswordLength ?? 32);
  const all = kinds.flat();
  const one = (from: readonly string[]): string => from[randomInt(from.length)];
  // One of each kind first, unless that is not asked for; then shuffled.
  const required = rules.RequireEachIncludedType === undefined || isTrue(rules.RequireEachIncludedType) ? kinds.map(one) : [];
  const characters = [...required, ...Array.from({ length: Math.max(0, length - required.length) }, () => one(all))].slice(0, length);
  for (let i = characters.length - 1; i > 0; i--) {
    const j = randomInt(i + 1);
    [characters[i], characters[j]] = [characters[j], characters[i]];
  }
  const password = characters.join('');
  if (rules.GenerateStringKey === undefined) return password;
  return JSON.stringify({ ...JSON.parse(rules.SecretStringTemplate ?? '{}') as object, [rules.GenerateStringKey]: password });
}
