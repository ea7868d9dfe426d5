import type { ZodType } from 'zod';

/** The environment does not say what the manifest asks for; the message lists every value that is wrong. */
export class ConfigurationError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ConfigurationError';
  }
}

/**
 * Reads a service's configuration from its environment with the schema generated from its manifest.
 *
 * @throws ConfigurationError one sentence that names every missing or malformed value
 */
export function loadConfig<T>(service: string, schema: ZodType<T>, environment: NodeJS.ProcessEnv = process.env): T {
  const parsed = schema.safeParse(environment);
  if (parsed.success) return parsed.data;
  // Only names and reasons: a value may be a secret.
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'environment'}: ${issue.message}`);
  throw new ConfigurationError(`${service} cannot start with this environment: ${problems.join('; ')}`);
}
