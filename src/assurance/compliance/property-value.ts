import { CfnResource } from 'aws-cdk-lib';
import { renderedProperties } from '../library/control-tower';

/** Longest value that a report shows. */
const MOST = 160;

/**
 * What the template has at a property.
 *
 * @param property path from the resource's `Properties` on, with dots
 */
export function propertyValue(resource: CfnResource, property: string): string {
  const value = property.split('.').filter((part) => part !== '').reduce<unknown>(
    (found, part) => (found === null || typeof found !== 'object' ? undefined : (found as Record<string, unknown>)[part]), renderedProperties(resource));
  if (value === undefined) return '(not set)';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > MOST ? `${text.slice(0, MOST)}…` : text;
}
