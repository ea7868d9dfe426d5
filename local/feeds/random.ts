const MODULUS = 2_147_483_647;
const MULTIPLIER = 48_271;

/** A small generator of numbers that look random and come out the same for the same seed (Lehmer's, modulus 2^31 − 1). */
export class SeededRandom {
  private state: number;

  /** @param seed any text: equal texts give equal numbers */
  constructor(seed: string) {
    let state = 1;
    for (const character of seed) state = (state * 31 + (character.codePointAt(0) ?? 0)) % MODULUS;
    this.state = state === 0 ? 1 : state;
    // Seeds that differ little give first numbers that differ little.
    for (let i = 0; i < 8; i++) this.next();
  }

  /** Between 0 and 1, never either. */
  next(): number {
    this.state = (this.state * MULTIPLIER) % MODULUS;
    return this.state / MODULUS;
  }

  /** A whole number from `low` to `high`, both included. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  /** Bell-shaped around 0 with a deviation of 1, cut at ±3. */
  bell(): number {
    let sum = 0;
    for (let i = 0; i < 12; i++) sum += this.next();
    return Math.max(-3, Math.min(3, sum - 6));
  }
}
