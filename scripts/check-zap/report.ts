/** The JSON report of ZAP, as far as it is read. */
export interface ZapReport {
  readonly site: readonly {
    readonly alerts: readonly {
      readonly pluginid: string;
      readonly name: string;
      /** 0 informational, 1 low, 2 medium, 3 high. */
      readonly riskcode: string;
      readonly count: string;
      readonly instances?: readonly { readonly method: string; readonly uri: string }[];
    }[];
  }[];
}

export interface Finding {
  readonly id: string;
  readonly name: string;
  readonly risk: 'low' | 'medium' | 'high';
  readonly count: number;
  /** Where it was seen first. */
  readonly where: string | undefined;
}

export interface Assessment {
  readonly passed: boolean;
  readonly high: number;
  readonly medium: number;
  readonly low: number;
  readonly informational: number;
  /** Alerts that the rules file leaves out. */
  readonly ignored: number;
  /** Those of medium risk and above. */
  readonly findings: readonly Finding[];
}

const MEDIUM = 2;
const RISKS = ['informational', 'low', 'medium', 'high'] as const;

/** Ids that a rules file ignores. @throws Error for a line without a reason, or with another action */
export function ignoredRules(text: string): ReadonlySet<string> {
  const ids = text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#')).map((line) => {
    const match = /^(\d+)\tIGNORE\t\(.{20,}\)$/.exec(line);
    if (!match) throw new Error(`a rule must be "<id><tab>IGNORE<tab>(<reason>)", got: ${line}`);
    return match[1];
  });
  return new Set(ids);
}

export function assess({ site }: ZapReport, ignored: ReadonlySet<string>): Assessment {
  const all = site.flatMap(({ alerts }) => alerts);
  const seen = all.filter(({ pluginid }) => !ignored.has(pluginid));
  const of = (risk: number): number => seen.filter(({ riskcode }) => Number(riskcode) === risk).length;
  const findings = seen.filter(({ riskcode }) => !(Number(riskcode) < MEDIUM)).map(({ pluginid: id, name, riskcode, count, instances }): Finding => ({
    // One whose risk is none of the four is looked at, not overlooked.
    id, name, risk: RISKS[Number(riskcode)] as Finding['risk'] | undefined ?? 'high', count: Number(count), where: instances?.[0] && `${instances[0].method} ${instances[0].uri}`,
  }));
  return { passed: findings.length === 0, high: of(3), medium: of(2), low: of(1), informational: of(0), ignored: all.length - seen.length, findings };
}
