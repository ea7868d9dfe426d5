/** Time as a replay sees it: runs at its speed, and stands still when it is told to. */
export class ReplayClock {
  private wall: number;
  private stoppedAt: number | undefined;

  /**
   * @param time where it begins, milliseconds since 1970
   * @param speed milliseconds of the past in a millisecond; Infinity: as fast as can be
   */
  constructor(private time: number, private readonly speed: number, private readonly now: () => number = () => performance.now()) {
    this.wall = now();
  }

  /** Milliseconds until it shows a time; 0 when it does already. */
  waitFor(time: number): number {
    return Math.max(0, (time - this.time) / this.speed - ((this.stoppedAt ?? this.now()) - this.wall));
  }

  /** Goes on from a time: what lies between was not there to be played. */
  jump(time: number): void {
    this.time = time;
    this.wall = this.stoppedAt ?? this.now();
  }

  stop(): void {
    this.stoppedAt ??= this.now();
  }

  start(): void {
    if (this.stoppedAt === undefined) return;
    this.wall += this.now() - this.stoppedAt;
    this.stoppedAt = undefined;
  }
}
