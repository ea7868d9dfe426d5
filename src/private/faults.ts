/** Collects what is wrong with a set of values, so that a user sees everything at once. */
export class Faults {
  private readonly found: string[] = [];

  /** @param subject what the values belong to; begins the message. */
  public constructor(private readonly subject: string) {}

  public add(fault: string): void {
    this.found.push(fault);
  }

  /** Adds `fault` unless `holds`. */
  public check(holds: boolean, fault: string): void {
    if (!holds) this.add(fault);
  }

  /** @throws Error with every fault that was found; nothing without one. */
  public throwIfAny(): void {
    if (this.found.length > 0) throw new Error(`${this.subject}: ${this.found.join('; ')}`);
  }
}
