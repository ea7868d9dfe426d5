// Brings everything that an assembly deploys to where its stacks look for it: images to ECR, code and files to S3.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const [assembly = 'cdk.out'] = process.argv.slice(2);
const manifests = readdirSync(assembly, { recursive: true }).map(String).filter((file) => file.endsWith('.assets.json') && !file.includes('asset.'));
if (manifests.length === 0) {
  console.error(`${assembly} has no asset manifest; synthesise first.`);
  process.exit(1);
}
for (const manifest of manifests.sort()) {
  // What is there already is not built again: its name is the hash of what it is made of.
  const { status } = spawnSync('cdk-assets', ['--path', join(assembly, manifest), 'publish'], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
