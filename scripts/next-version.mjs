// What CHANGELOG.md says of the next release. Plain Node without dependencies: the release workflow calls it between projen's steps.
//
//   (nothing)   the version of the topmost section that is marked unreleased
//   --notes     the text of that section, the release notes
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const changelog = readFileSync(join(fileURLToPath(import.meta.url), '../../CHANGELOG.md'), 'utf8');
const section = /^## (\d+\.\d+\.\d+) \(unreleased\)\n([\s\S]*?)(?=^## |$(?![\s\S]))/m.exec(changelog);
if (!section) {
  console.error('CHANGELOG.md has no section "## x.y.z (unreleased)": write what changed before you release it.');
  process.exit(1);
}
const [, version, text] = section;
console.log(process.argv.includes('--notes') ? text.trim() : version);
