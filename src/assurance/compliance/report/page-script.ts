/** What the page does: plain functions of a browser, no library. */
export const SCRIPT = `
'use strict';
const data = JSON.parse(document.getElementById('data').textContent);
const t = (i) => i < 0 ? '' : data.texts[i];
const rules = new Map(data.rules.map(([s, r, d, c]) => [t(s) + ' ' + t(r), { text: t(d), controls: c.map(t) }]));
const bare = (rule) => rule.replace(/\\[[^]*/, '');
const rows = data.rows.map(([s, r, o, p, y, prop, v, why, c, own, by, src, d, forms]) => ({ set: t(s), rule: t(r), outcome: t(o), path: t(p), type: t(y), property: t(prop), value: t(v), reason: t(why), control: t(c),
  owner: t(own), by: t(by), source: t(src), text: t(d), forms: forms.map((i) => data.forms[i]) }));
for (const [s, r, paths] of data.passed) for (const p of paths) rows.push({ set: t(s), rule: t(r), outcome: 'PASS', path: t(p), type: '', property: '', value: '', reason: '', control: '', owner: '', by: '', source: '', text: '', forms: [] });
for (const row of rows) {
  const known = rules.get(row.set + ' ' + bare(row.rule)) || { text: '', controls: [] };
  row.controls = known.controls;
  row.text = row.text || known.text;
  row.words = [row.set, data.names[row.set], row.rule, row.path, row.type, row.property, row.value, row.reason, row.control, row.owner, row.by, row.source, row.text, row.controls.join(' ')].join(' ').toLowerCase();
}
const ORDER = ['FAIL', 'UNEVALUATED', 'ACKNOWLEDGED', 'PASS'];
const NAMES = { FAIL: 'fail', UNEVALUATED: 'unevaluated', ACKNOWLEDGED: 'acknowledged', PASS: 'pass' };
const el = (id) => document.getElementById(id);
const make = (tag, kind, text) => { const node = document.createElement(tag); if (kind) node.className = kind; if (text) node.textContent = text; return node; };
const set = el('set');
set.querySelector('[hidden]').remove();
for (const name of Object.keys(data.names)) set.append(new Option(data.names[name], name));
const KEYS = {
  rule: (row) => [row.set + ' ' + bare(row.rule)],
  reason: (row) => [row.reason || (row.outcome === 'PASS' ? 'Passed' : 'No reason given')],
  resource: (row) => [row.path],
  control: (row) => row.controls.length ? row.controls.map((c) => row.set + ' ' + c) : [row.set + ' (no control id)'],
};
let shown = 60;
function title(group, row, key) {
  if (group === 'rule') return (data.names[row.set]) + ' · ' + bare(row.rule);
  if (group === 'control') return (data.names[row.set]) + ' · ' + key.slice(row.set.length + 1);
  return key;
}
function fill(box, list, group) {
  const first = list[0];
  if (group === 'rule' && first.controls.length) box.append(make('p', 'controls', 'Controls: ' + first.controls.join(', ')));
  const reasons = new Map();
  for (const row of list) { const key = row.outcome + '|' + row.reason; reasons.set(key, (reasons.get(key) || []).concat(row)); }
  for (const part of [...reasons.values()].sort((a, b) => ORDER.indexOf(a[0].outcome) - ORDER.indexOf(b[0].outcome))) {
    const head = part[0];
    if (head.reason) {
      const why = make('div', 'why');
      why.append(make('p', '', head.reason));
      if (head.control) why.append(make('p', 'meta', 'In place instead: ' + head.control));
      if (head.owner) why.append(make('p', 'meta', 'Owner ' + head.owner + (head.by ? ' · review by ' + head.by : '')));
      box.append(why);
    }
    const items = make('ul', 'items');
    const add = (from) => {
      for (const row of part.slice(from, from + 100)) {
        const item = make('li');
        const left = make('div');
        left.append(make('code', '', group === 'resource' ? data.names[row.set] + ' · ' + row.rule : row.path));
        const finding = row.rule.slice(bare(row.rule).length);
        const under = [row.type, group === 'resource' || !finding ? '' : finding, row.forms.length ? 'only in: ' + row.forms.join('; ') : ''].filter(Boolean).join(' · ');
        if (under) left.append(make('div', 'soft', under));
        const right = make('div');
        if (row.property) { right.append(make('code', '', row.property)); if (row.value) right.append(make('div', 'soft', '= ' + row.value)); }
        if (row.source) right.append(make('div', 'soft', row.source));
        if (!row.property && !row.source) right.append(make('span', 'badge ' + row.outcome, NAMES[row.outcome]));
        item.append(left, right);
        items.append(item);
      }
      if (from + 100 < part.length) {
        const more = make('li');
        const button = make('button', '', (part.length - from - 100) + ' more');
        button.onclick = () => { more.remove(); add(from + 100); };
        more.append(button);
        items.append(more);
      }
    };
    add(0);
    box.append(items);
  }
}
function draw() {
  const words = el('search').value.toLowerCase().split(/\\s+/).filter(Boolean);
  const group = el('group').value;
  const outcomes = new Set([...document.querySelectorAll('.chip input:checked')].map((box) => box.value));
  const matching = rows.filter((row) => (!set.value || row.set === set.value) && words.every((word) => row.words.includes(word)));
  for (const output of document.querySelectorAll('[data-count]')) output.textContent = matching.filter((row) => row.outcome === output.dataset.count).length;
  const groups = new Map();
  for (const row of matching) if (outcomes.has(row.outcome)) for (const key of KEYS[group](row)) { const known = groups.get(key); if (known) known.push(row); else groups.set(key, [row]); }
  const worst = (list) => Math.min(...list.map((row) => ORDER.indexOf(row.outcome)));
  const sorted = [...groups].map(([key, list]) => ({ key, list, worst: worst(list) })).sort((a, b) => a.worst - b.worst || (group === 'reason' ? b.list.length - a.list.length : a.key < b.key ? -1 : 1));
  const list = el('list');
  list.textContent = '';
  for (const { key, list: part } of sorted.slice(0, shown)) {
    const box = make('details');
    const summary = make('summary');
    summary.append(make('b', '', title(group, part[0], key)));
    const badges = make('span', 'badges');
    for (const outcome of ORDER) { const count = part.filter((row) => row.outcome === outcome).length; if (count) badges.append(make('span', 'badge ' + outcome, count + ' ' + NAMES[outcome])); }
    summary.append(badges);
    if (group === 'rule' && part[0].text) summary.append(make('p', '', part[0].text));
    box.append(summary);
    box.addEventListener('toggle', () => { if (box.open && box.children.length === 1) fill(box, part, group); });
    list.append(box);
  }
  const total = sorted.reduce((sum, { list: part }) => sum + part.length, 0);
  el('status').textContent = sorted.length === 0 ? 'Nothing matches. Clear the search, or choose other outcomes.' : total + ' judgements in ' + sorted.length + ' groups. Open a group for its resources, reasons and dates.';
  el('more').hidden = sorted.length <= shown;
  if (sorted.length > 0 && (sorted.length <= 3 || words.length > 0 && sorted.length <= 5)) for (const box of list.children) box.open = true;
}
el('filters').addEventListener('input', () => { shown = 60; draw(); });
el('filters').addEventListener('submit', (event) => event.preventDefault());
el('more').onclick = () => { shown += 200; draw(); };
for (const button of document.querySelectorAll('[data-set]')) button.onclick = () => { set.value = button.dataset.set; shown = 60; draw(); el('filters').scrollIntoView({ behavior: 'smooth' }); };
draw();
`;
