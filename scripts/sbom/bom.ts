import { createHash } from 'node:crypto';
import { Enums, Models, Serialize, Spec, SPDX } from '@cyclonedx/cyclonedx-library';
import type { Part } from './contents';
import { type BaseImage, referenceOf } from '../images/images';

/** What a bill of materials is about. */
export interface Subject {
  readonly kind: 'image' | 'function' | 'package';
  readonly name: string;
  readonly version: string;
  readonly parts: readonly Part[];
  /** Images only: what it is built on. Its own contents are for its maker to list. */
  readonly base?: BaseImage;
  /** Packages only: what the user brings along. */
  readonly peers?: readonly Part[];
}

const TYPES = {
  image: Enums.ComponentType.Container, function: Enums.ComponentType.Application, package: Enums.ComponentType.Library,
};
const serializer = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6));

/** CycloneDX 1.6 as text: for the same contents always the same, so it says no time. */
export function bomOf({ kind, name, version, parts, base, peers = [] }: Subject): string {
  const bom = new Models.Bom();
  const root = new Models.Component(TYPES[kind], name, { version, bomRef: `${kind}:${name}`, purl: kind === 'package' ? purlOf({ name, version }) : undefined });
  bom.metadata.component = root;
  const add = (component: Models.Component): void => {
    bom.components.add(component);
    root.dependencies.add(component.bomRef);
  };
  parts.forEach((part) => add(library(part)));
  for (const peer of peers) {
    const component = library(peer);
    component.properties.add(new Models.Property('cdk-trading-platform:broughtBy', 'user'));
    add(component);
  }
  if (base !== undefined) add(container(base));
  const digest = createHash('sha256').update(serializer.serialize(bom, { sortLists: true })).digest('hex');
  // A UUID of the form for digests of a name (RFC 9562, version 8).
  bom.serialNumber = `urn:uuid:${digest.slice(0, 8)}-${digest.slice(8, 12)}-8${digest.slice(13, 16)}-a${digest.slice(17, 20)}-${digest.slice(20, 32)}`;
  return `${serializer.serialize(bom, { sortLists: true, space: 2 })}\n`;
}

/** As package URLs write it: the scope is a namespace of its own. */
export function purlOf({ name, version }: Pick<Part, 'name' | 'version'>): string {
  return `pkg:npm/${name.split('/').map(encodeURIComponent).join('/')}@${encodeURIComponent(version)}`;
}

function library(part: Part): Models.Component {
  const component = new Models.Component(Enums.ComponentType.Library, part.name, {
    version: part.version, bomRef: `${part.name}@${part.version}`, purl: purlOf(part), scope: Enums.ComponentScope.Required,
  });
  if (part.license !== undefined) component.licenses.add(licenseOf(part.license));
  if (part.sha512 !== undefined) component.hashes.set(Enums.HashAlgorithm['SHA-512'], part.sha512);
  return component;
}

/** By its id of SPDX, as an expression of them, or as the package calls it. */
function licenseOf(text: string): Models.License {
  if (SPDX.isSupportedSpdxId(text)) return new Models.SpdxLicense(text);
  return / (OR|AND|WITH) /.test(text) ? new Models.LicenseExpression(text) : new Models.NamedLicense(text);
}

function container(base: BaseImage): Models.Component {
  const component = new Models.Component(Enums.ComponentType.Container, base.image, {
    version: base.digest ?? base.tag, bomRef: referenceOf(base), scope: Enums.ComponentScope.Required,
  });
  if (base.digest !== null) component.hashes.set(Enums.HashAlgorithm['SHA-256'], base.digest.replace('sha256:', ''));
  return component;
}
