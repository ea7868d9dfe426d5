import { Token } from 'aws-cdk-lib';
import type { Faults } from './faults';

const GIB = 1024;
const range = (from: number, to: number, step: number) => Array.from({ length: (to - from) / step + 1 }, (_, index) => (from + index * step) * GIB);

/** Memory that Fargate offers with CPU units, in MiB. */
const SIZES: Record<number, number[]> = {
  256: [512, 1024, 2048],
  512: range(1, 4, 1),
  1024: range(2, 8, 1),
  2048: range(4, 16, 1),
  4096: range(8, 30, 1),
  8192: range(16, 60, 4),
  16384: range(32, 120, 8),
};

/** Adds a size that Fargate does not have, which would fail at the deployment only. */
export function checkFargateSize(faults: Faults, cpu: number, memoryMiB: number): void {
  if (Token.isUnresolved(cpu)) return;
  const sizes = SIZES[cpu];
  if (sizes === undefined) return faults.add(`\`cpu\` must be one of ${Object.keys(SIZES).join(', ')}, got: ${cpu}`);
  faults.check(Token.isUnresolved(memoryMiB) || sizes.includes(memoryMiB),
    `\`memory\` must be one that Fargate has with ${cpu} CPU units, from ${sizes[0]} to ${sizes[sizes.length - 1]} MiB, got: ${memoryMiB} MiB`);
}
