import type { awscdk } from 'projen';

/** What is published, and what git and the linters leave alone. */
export function configureFiles(project: awscdk.AwsCdkConstructLibrary): void {
  // Reports are compared byte for byte, and CSV ends its lines in its own way.
  project.gitattributes.addAttributes('/reports/**', '-text', 'linguist-generated');
  // A list of what goes in, so that nothing is shipped by accident and no folder is dropped for its name.
  project.package.addField('files', ['lib', 'assets', '.jsii', 'API.md', 'README.md', 'LICENSE', 'images.json']);
  project.gitignore.exclude(
    '/assets/',
    'cdk.out/',
    'cdk.out.*/',
    'cdk-integ.out.*',
    '/.local/',
    '/.local.*/',
    '*.tgz',
    '/reports/tmp/',
  );
  project.gitattributes.addAttributes('/src/private/services.generated.ts', 'linguist-generated');
}
