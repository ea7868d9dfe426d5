/** The page's looks, by day and by night. */
export const STYLE = `
:root { color-scheme: light dark; --page: #f6f7f9; --card: #fff; --ink: #16202c; --muted: #5d6b7a; --line: #e1e5ea; --equity: #1f6feb; --good: #17804a; --bad: #c2362f; --warn: #fff5d9; --warn-ink: #6b4b00; }
@media (prefers-color-scheme: dark) {
  :root { --page: #0e1319; --card: #161d26; --ink: #e4e9ef; --muted: #93a1b0; --line: #29323d; --equity: #6ea8ff; --good: #4cc38a; --bad: #ff7b72; --warn: #3a2f10; --warn-ink: #ffdf91; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "Liberation Sans", sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 28px 20px 48px; }
h1 { font-size: 26px; margin: 0; } h2 { font-size: 17px; margin: 0 0 12px; } h3 { font-size: 14px; margin: 14px 0 4px; color: var(--muted); font-weight: 600; }
header p, .muted, footer { color: var(--muted); margin: 4px 0 16px; }
section, .tiles > div { background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
section { padding: 18px 20px; margin: 16px 0; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; }
.tiles > div { padding: 12px 14px; } .tiles span { display: block; color: var(--muted); font-size: 13px; } .tiles strong { font-size: 16.5px; white-space: nowrap; font-variant-numeric: tabular-nums; }
.good { color: var(--good); } .bad { color: var(--bad); }
.notice { background: var(--warn); color: var(--warn-ink); padding: 10px 14px; border-radius: 10px; } .stopped { border-left: 5px solid var(--bad); }
svg { display: block; width: 100%; height: auto; } svg text { fill: var(--muted); font-size: 12px; font-family: inherit; font-variant-numeric: tabular-nums; }
.grid { stroke: var(--line); } .tick { stroke: var(--muted); } .rule { stroke: var(--muted); stroke-dasharray: 4 4; }
.line { fill: none; stroke-width: 1.8; stroke-linejoin: round; } .line.equity { stroke: var(--equity); } .line.drawdown { stroke: var(--bad); } .area.drawdown { fill: var(--bad); opacity: .18; stroke: none; }
svg text.cell { fill: var(--ink); } rect.win { fill: var(--good); } rect.loss { fill: var(--bad); }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(220px, 1fr)); gap: 0 28px; margin: 0; }
dl div { display: flex; justify-content: space-between; gap: 12px; border-bottom: 1px solid var(--line); padding: 6px 0; align-items: baseline; } dt { color: var(--muted); } dd { margin: 0; font-variant-numeric: tabular-nums; white-space: nowrap; }
.wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: 13.5px; } th { text-align: left; color: var(--muted); font-weight: 600; } th, td { padding: 5px 10px 5px 0; border-bottom: 1px solid var(--line); white-space: nowrap; }
.number { text-align: right; font-variant-numeric: tabular-nums; padding-right: 14px; }
ul { margin: 0 0 14px; padding-left: 20px; } footer p { font: 12px/1.6 ui-monospace, "Liberation Mono", monospace; overflow-wrap: anywhere; }
`.trim();
