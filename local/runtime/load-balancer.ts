import { join } from 'node:path';
import type { GroupSettings, LoadBalancerSettings, Target, TargetState } from '../servers/emulators/load-balancer-messages';
import { childEnvironment, projectNode } from '../servers/environment';
import { type ChildHandle, launch, untilReady } from '../servers/process';

export type { GroupSettings, TargetState } from '../servers/emulators/load-balancer-messages';

/** The targets of one group, before and after its load balancer runs. */
export class TargetGroup {
  private readonly targets = new Map<string, Target>();
  private readonly states = new Map<string, TargetState>();
  private balancer?: LoadBalancer;

  constructor(readonly settings: GroupSettings) {}

  /** Connects the group to the load balancer that its listener belongs to. */
  attach(balancer: LoadBalancer): void {
    this.balancer = balancer;
    for (const register of this.targets.values()) balancer.send({ group: this.settings.id, register });
  }

  register(target: Target): void {
    this.targets.set(target.id, target);
    this.states.set(target.id, 'initial');
    this.balancer?.send({ group: this.settings.id, register: target });
  }

  deregister(id: string): void {
    this.targets.delete(id);
    this.states.delete(id);
    this.balancer?.send({ group: this.settings.id, deregister: id });
  }

  /** What the load balancer thinks of a target; undefined when it is not registered. */
  state(id: string): TargetState | undefined {
    return this.states.get(id);
  }

  /** Called by the load balancer. */
  note(id: string, state: TargetState): void {
    if (this.states.has(id)) this.states.set(id, state);
  }
}

/** An application load balancer in a process of its own, so that its work is nobody else's delay. */
export class LoadBalancer {
  private constructor(readonly child: ChildHandle, readonly port: number) {}

  static async start(settings: LoadBalancerSettings, groups: readonly TargetGroup[], logFile: string): Promise<LoadBalancer> {
    const child = launch({
      name: 'load balancer',
      command: projectNode(),
      args: ['--disable-warning=ExperimentalWarning', join(__dirname, '..', 'servers', 'emulators', 'load-balancer.mts'), JSON.stringify(settings)],
      env: childEnvironment(),
      logFile,
      channel: true,
    });
    let listening = false;
    child.channel?.onMessage((message) => {
      const news = message as { listening?: true; group?: string; target?: string; state?: TargetState };
      if (news.listening) listening = true;
      if (news.target && news.state) groups.find(({ settings: { id } }) => id === news.group)?.note(news.target, news.state);
    });
    await untilReady(child, async () => listening);
    const balancer = new LoadBalancer(child, settings.port);
    for (const group of groups) group.attach(balancer);
    return balancer;
  }

  /** Tells the process about targets. */
  send(message: object): void {
    this.child.channel?.send(message);
  }

  stop(): Promise<void> {
    return this.child.stop();
  }
}
