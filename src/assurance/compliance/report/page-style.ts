/** How the page looks, in light and dark. */
export const STYLE = `
:root{color-scheme:light dark;--bg:#f6f7f9;--card:#fff;--ink:#1b2330;--soft:#5b6676;--line:#dde2ea;--accent:#1f5fbf;--pass:#157347;--fail:#b42318;--ack:#7a5200;--open:#6941c6;
--pass-bg:#e6f4ec;--fail-bg:#fdeceA;--ack-bg:#fdf3dc;--open-bg:#f0eafc}
@media (prefers-color-scheme:dark){:root{--bg:#12161d;--card:#1a2029;--ink:#e6eaf0;--soft:#9aa6b6;--line:#2c3542;--accent:#7fb0ff;--pass:#5cc98f;--fail:#ff8a7d;--ack:#e8bd5d;--open:#bda4ff;
--pass-bg:#15301f;--fail-bg:#3a1a17;--ack-bg:#33290f;--open-bg:#281e42}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
header,main{max-width:1180px;margin:0 auto;padding:0 24px}
header{padding-top:32px}
h1{margin:0;font-size:30px;letter-spacing:-.01em}
h2{margin:32px 0 12px;font-size:19px}
.eyebrow{margin:0;color:var(--soft);text-transform:uppercase;letter-spacing:.08em;font-size:12px}
.verdict{display:inline-block;margin:10px 0 18px;padding:4px 12px;border-radius:999px;font-weight:600}
.verdict.pass{background:var(--pass-bg);color:var(--pass)}.verdict.fail{background:var(--fail-bg);color:var(--fail)}.verdict.open{background:var(--open-bg);color:var(--open)}
.totals{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px;margin:0 0 12px}
.totals div{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:10px 14px}
dt{color:var(--soft);font-size:13px}dd{margin:0;font-size:22px;font-weight:650;font-variant-numeric:tabular-nums}
.pass dd,.n.pass{color:var(--pass)}.fail dd,.n.fail{color:var(--fail)}.ack dd,.n.ack{color:var(--ack)}.open dd,.n.open{color:var(--open)}
.forms,.note,#status{color:var(--soft);font-size:13.5px}
.scroll{overflow-x:auto;background:var(--card);border:1px solid var(--line);border-radius:10px}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:8px 14px;border-top:1px solid var(--line);vertical-align:top;font-weight:400}
thead th{border-top:0;color:var(--soft);font-size:13px}
.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
small{color:var(--soft)}
button{font:inherit;color:var(--accent);background:none;border:0;padding:0;cursor:pointer;text-align:left}
button:hover{text-decoration:underline}
#filters{position:sticky;top:0;z-index:1;display:flex;flex-wrap:wrap;gap:12px 16px;align-items:end;background:var(--bg);padding:10px 0;border-bottom:1px solid var(--line)}
#filters label>span,legend{display:block;color:var(--soft);font-size:12.5px;padding:0}
.search{flex:1 1 320px}
input[type=search],select{width:100%;font:inherit;padding:7px 10px;border:1px solid var(--line);border-radius:8px;background:var(--card);color:var(--ink)}
fieldset{border:0;margin:0;padding:0}
.chip{display:inline-flex;gap:6px;align-items:center;border:1px solid var(--line);border-radius:999px;padding:4px 12px;margin-right:4px;background:var(--card);font-size:14px;cursor:pointer}
.chip output{color:var(--soft);font-variant-numeric:tabular-nums}
.chip input{margin:0}
details{background:var(--card);border:1px solid var(--line);border-radius:10px;margin:8px 0;overflow:hidden}
summary{display:grid;grid-template-columns:1fr auto;gap:4px 12px;padding:10px 14px;cursor:pointer;list-style:none}
summary::-webkit-details-marker{display:none}
summary:hover{background:color-mix(in srgb,var(--accent) 6%,transparent)}
summary b{font-weight:620;overflow-wrap:anywhere}
summary p{grid-column:1/-1;margin:0;color:var(--soft);font-size:13.5px}
.badges{white-space:nowrap}
.badge{display:inline-block;border-radius:999px;padding:1px 9px;font-size:12.5px;margin-left:4px;font-variant-numeric:tabular-nums}
.badge.PASS{background:var(--pass-bg);color:var(--pass)}.badge.FAIL{background:var(--fail-bg);color:var(--fail)}.badge.ACKNOWLEDGED{background:var(--ack-bg);color:var(--ack)}.badge.UNEVALUATED{background:var(--open-bg);color:var(--open)}
.why{margin:0 14px 10px;padding:10px 14px;border-left:3px solid var(--ack);background:var(--ack-bg);border-radius:0 8px 8px 0}
.why p{margin:0}.why .meta{color:var(--soft);font-size:13.5px;margin-top:4px}
.items{margin:0;padding:0;list-style:none;font-size:14px}
.items li{padding:7px 14px;border-top:1px solid var(--line);display:grid;grid-template-columns:minmax(0,3fr) minmax(0,2fr);gap:2px 16px}
code{font:13px/1.45 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;overflow-wrap:anywhere}
.items .soft{color:var(--soft);font-size:13px;overflow-wrap:anywhere}
.controls{color:var(--soft);font-size:12.5px;padding:0 14px 8px;overflow-wrap:anywhere}
#more{padding:8px 0}
.faults li{margin:6px 0;overflow-wrap:anywhere}
footer{height:48px}
@media (max-width:700px){.items li{grid-template-columns:1fr}}
@media print{#filters,#more{display:none}body{background:#fff}}
`;
