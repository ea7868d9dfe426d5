/** A setting of a strategy, as the catalogue has it. */
export interface SettingRule {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  readonly otherwise?: number;
  readonly meaning: string;
}

export interface StrategyEntry {
  readonly type: string;
  readonly settings: readonly SettingRule[];
}

/** What somebody typed into the form. */
export interface BacktestForm {
  readonly symbol: string;
  readonly from: string;
  readonly to: string;
  readonly intervalMinutes: string;
  readonly strategy: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly startBalance: string;
  /** In per cent. */
  readonly fee: string;
}

export type Checked = { readonly body: object } | { readonly field: string; readonly problem: string };

const RANGE = /^(\d{1,16})(?:\s*(?:-|–|to)\s*(\d{1,16})(?:\s*(?:\/|by)\s*(\d{1,16}))?)?$/;

/** A setting as it was typed: a number such as `20`, or a range to search such as `5-50` or `5-50/5`. */
export function settingOf(typed: string, rule: SettingRule): number | { from: number; to: number; step: number } | string {
  const [whole, first, last, step = '1'] = RANGE.exec(typed.trim()) ?? [];
  if (whole === undefined) return `${rule.name} is a whole number, or a range such as ${rule.least || 1}-${Math.min(rule.most, 50)}/5.`;
  const [from, to] = [Number(first), Number(last ?? first)];
  if (from < rule.least || to > rule.most || from > to) return `${rule.name} goes from ${rule.least} to ${rule.most}.`;
  if (last === undefined) return from;
  return Number(step) >= 1 ? { from, to, step: Number(step) } : `The step of ${rule.name} is at least 1.`;
}

/** What is sent, or what is wrong with what was typed. The server looks at all of it again. */
export function checkedBacktest(form: BacktestForm, strategy: StrategyEntry, yesterday: string): Checked {
  const wrong = (field: string, problem: string): Checked => ({ field, problem });
  if (!/^\d{4}-\d\d-\d\d$/.test(form.from) || !/^\d{4}-\d\d-\d\d$/.test(form.to)) return wrong('from', 'Choose the first and the last day.');
  if (form.from > form.to) return wrong('from', 'The first day is not after the last one.');
  if (form.to > yesterday) return wrong('to', `The last day is over: ${yesterday} at the latest.`);
  const balance = form.startBalance.trim();
  const isAmount = /^\d{1,15}(\.\d{1,8})?$/.test(balance) && /[1-9]/.test(balance);
  if (!isAmount) return wrong('startBalance', 'The starting balance is an amount such as 10000.');
  const [, percent, rest = ''] = /^(\d{1,2})(?:\.(\d{1,4}))?$/.exec(form.fee.trim()) ?? [];
  const feePpm = Number(percent) * 10_000 + Number(rest.padEnd(4, '0'));
  if (percent === undefined || feePpm > 100_000) return wrong('fee', 'The fee is in per cent, up to 10, such as 0.1.');
  const settings: Record<string, unknown> = {};
  for (const rule of strategy.settings) {
    const typed = form.settings[rule.name] ?? '';
    if (typed.trim() === '' && rule.otherwise !== undefined) continue;
    const setting = settingOf(typed, rule);
    if (typeof setting === 'string') return wrong(rule.name, setting);
    settings[rule.name] = setting;
  }
  return {
    body: {
      symbol: form.symbol, from: form.from, to: form.to, intervalMinutes: Number(form.intervalMinutes),
      strategy: { type: strategy.type, ...settings },
      startBalance: balance, feePpm,
    },
  };
}

/** A share as per cent, with its sign. */
export function percentOf(share: number | null | undefined): string {
  if (share === null || share === undefined || !Number.isFinite(share)) return '–';
  return `${share > 0 ? '+' : ''}${(share * 100).toFixed(2)} %`;
}

export function numberOf(value: number | null | undefined, digits = 2): string {
  return value === null || value === undefined || !Number.isFinite(value) ? '–' : value.toFixed(digits);
}
