/** The languages that jsii speaks for us: what builds them, and whether that is possible on this machine. */
import { spawnSync } from 'node:child_process';
import { programOf, root, run } from '../lib/processes';

/** A language besides TypeScript. */
export interface Language {
  /** Name of jsii-pacmak's target. */
  readonly target: string;
  readonly title: string;
  /** Program that builds it, with the arguments that make it say its version. */
  readonly tool: readonly string[];
  /** Where its registry lists the versions of aws-cdk-lib. */
  readonly registry: string;
  /** How the list writes a version. */
  readonly listed: (version: string) => string;
}

/** The oldest aws-cdk-lib that the package runs with. */
export const OLDEST_CDK = '2.271.0';

export const LANGUAGES: readonly Language[] = [
  {
    target: 'java', title: 'Java', tool: ['mvn', '--version'],
    registry: 'https://repo.maven.apache.org/maven2/software/amazon/awscdk/aws-cdk-lib/maven-metadata.xml', listed: (version) => `<version>${version}</version>`,
  },
  { target: 'python', title: 'Python', tool: ['python3', '--version'], registry: 'https://pypi.org/simple/aws-cdk-lib/', listed: (version) => `-${version}-` },
  {
    target: 'dotnet', title: '.NET', tool: ['dotnet', '--version'],
    registry: 'https://api.nuget.org/v3-flatcontainer/amazon.cdk.lib/index.json', listed: (version) => `"${version}"`,
  },
  {
    target: 'go', title: 'Go', tool: ['go', 'version'],
    registry: 'https://proxy.golang.org/github.com/aws/aws-cdk-go/awscdk/v2/@v/list', listed: (version) => `v${version}`,
  },
];

export function languageOf(target: string): Language {
  const found = LANGUAGES.find((language) => language.target === target);
  if (found === undefined) throw new Error(`no such language: ${target}; there are ${LANGUAGES.map((language) => language.target).join(', ')}`);
  return found;
}

/** Why a language cannot be built here, in a few words; undefined when it can. */
export async function obstacle({ tool: [program, ...args], registry, listed }: Language): Promise<string | undefined> {
  if (spawnSync(program, args, { stdio: 'ignore' }).status !== 0) return `${program} is not installed`;
  const host = new URL(registry).host;
  try {
    const answer = await fetch(registry, { signal: AbortSignal.timeout(15_000) });
    if (!answer.ok) return `${host} answers ${answer.status} for aws-cdk-lib`;
    return (await answer.text()).includes(listed(OLDEST_CDK)) ? undefined : `${host} has no aws-cdk-lib ${OLDEST_CDK} here`;
  } catch {
    return `${host} cannot be reached`;
  }
}

/** Runs jsii-pacmak for one target into a folder. */
export function pacmak(target: string, outdir: string, options: { readonly codeOnly: boolean; readonly show?: boolean }): void {
  const args = ['--target', target, '--outdir', outdir, ...options.codeOnly ? ['--code-only'] : [], ...options.show ? ['--verbose'] : []];
  run(process.execPath, [programOf('jsii-pacmak', 'bin/jsii-pacmak'), ...args], { cwd: root, show: options.show });
}
