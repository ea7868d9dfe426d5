import { Agent, get } from 'node:http';
import type { GroupSettings, Target, TargetState } from './load-balancer-messages';

/** How often a target that was never healthy is asked: a person waits for it. */
const INITIAL_INTERVAL_MS = 100;

/** A target and what a load balancer knows about it. */
export interface Watched extends Target {
  /** Requests and connections that it works on now. */
  open: number;
  state: TargetState;
  /** Checks in a row that say other than `state`. */
  contrary: number;
  timer?: NodeJS.Timeout;
}

/** The targets of one group and whether they are well. */
export class HealthChecks {
  /** Connections to the targets, kept open between requests. */
  readonly agent = new Agent({ keepAlive: true, maxSockets: 1_024, scheduling: 'lifo' });
  private readonly targets = new Map<string, Watched>();
  private next = 0;

  readonly settings: GroupSettings;
  private readonly changed: (target: string, state: TargetState) => void;

  // Fields, not parameter properties: Node only strips types.
  constructor(settings: GroupSettings, changed: (target: string, state: TargetState) => void) {
    this.settings = settings;
    this.changed = changed;
  }

  register(target: Target): void {
    this.deregister(target.id);
    const watched: Watched = { ...target, state: 'initial', contrary: 0, open: 0 };
    this.targets.set(target.id, watched);
    this.check(watched);
  }

  deregister(id: string): void {
    clearTimeout(this.targets.get(id)?.timer);
    this.targets.delete(id);
  }

  /**
   * The target for a request: the one that the cookie names while it is well, else the next one in turn. When none is well,
   * all take part, as in AWS.
   */
  choose(cookie: string | undefined): Watched | undefined {
    const all = [...this.targets.values()];
    const well = all.filter((target) => target.state === 'healthy');
    const candidates = well.length > 0 ? well : all;
    const sticky = cookie === undefined ? undefined : candidates.find((target) => target.id === cookie);
    if (sticky || candidates.length === 0) return sticky;
    // In turn also among those with equally few open requests.
    this.next = (this.next + 1) % candidates.length;
    const inTurn = [...candidates.slice(this.next), ...candidates.slice(0, this.next)];
    return this.settings.leastOutstanding ? inTurn.reduce((least, target) => (target.open < least.open ? target : least)) : inTurn[0];
  }

  private check(target: Watched): void {
    const { settings } = this;
    const request = get({ host: '127.0.0.1', port: target.port, path: settings.healthPath, timeout: settings.timeoutMs, agent: false }, (response) => {
      response.resume();
      this.record(target, matches(settings.matcher, response.statusCode ?? 0));
    });
    request.once('timeout', () => request.destroy(new Error('timeout')));
    request.once('error', () => this.record(target, false));
  }

  private record(target: Watched, well: boolean): void {
    if (this.targets.get(target.id) !== target) return;
    clearTimeout(target.timer);
    const agrees = (target.state === 'healthy') === well;
    target.contrary = agrees ? 0 : target.contrary + 1;
    // A new target needs one good answer, as in AWS; after that the thresholds count.
    const threshold = target.state === 'initial' ? 1 : well ? this.settings.healthyThreshold : this.settings.unhealthyThreshold;
    if (target.contrary >= threshold) {
      target.state = well ? 'healthy' : 'unhealthy';
      target.contrary = 0;
      this.changed(target.id, target.state);
    }
    const pause = target.state === 'initial' || (target.state === 'unhealthy' && well) ? INITIAL_INTERVAL_MS : this.settings.intervalMs;
    target.timer = setTimeout(() => this.check(target), pause);
  }
}

function matches(matcher: string, status: number): boolean {
  return matcher.split(',').some((part) => {
    const [from, to = from] = part.split('-').map(Number);
    return status >= from && status <= to;
  });
}
