// Draws the OpenAPI document. Everything is set as text: nothing in it can become markup.
const $ = (id) => document.getElementById(id);

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children.filter((child) => child !== undefined));
  return made;
}

const typeOf = (schema) => schema.enum?.join(' | ') ?? schema.$ref?.split('/').pop() ?? schema.format ?? schema.type ?? '';

function table(parameters) {
  const rows = parameters.map(({ name, in: place, required, schema, description }) => element('tr', {},
    element('td', {}, name), element('td', {}, place), element('td', {}, typeOf(schema)),
    element('td', {}, required ? 'required' : ''), element('td', {}, description ?? '')));
  return element('table', {}, element('tbody', {}, ...rows));
}

function details(title, schema) {
  return element('details', {}, element('summary', {}, title), element('pre', {}, JSON.stringify(schema, null, 2)));
}

function answer([status, { description, content = {} }]) {
  const schema = Object.values(content)[0]?.schema;
  return Number(status) < 300 && schema ? details(`${status}: ${description}`, schema) : element('p', { class: 'facts' }, `${status}: ${description}`);
}

function operation(path, method, spec) {
  const facts = `Scope ${spec['x-scope']}, rate class ${spec['x-rate-class']}`;
  const body = spec.requestBody?.content['application/json'].schema;
  return element('section', { 'id': spec.operationId, 'data-words': `${method} ${path} ${spec.summary}`.toLowerCase() },
    element('h3', {}, element('span', { class: 'method' }, method), path),
    element('p', {}, spec.summary),
    spec.description ? element('p', {}, spec.description) : undefined,
    element('p', { class: 'facts' }, facts),
    spec.parameters ? table(spec.parameters) : undefined,
    body ? details('Body', body) : undefined,
    ...Object.entries(spec.responses).map(answer));
}

function draw({ info, tags, paths, components }) {
  $('title').textContent = info.title;
  $('about').textContent = info.description;
  const all = Object.entries(paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, spec]) => ({ path, method, spec })));
  $('contents').replaceChildren(...tags.map(({ name }) => element('a', { href: `#${name}` }, name)), element('a', { href: '#schemas' }, 'schemas'));
  $('routes').replaceChildren(
    ...tags.flatMap(({ name, description }) => [
      element('h2', { id: name }, name), element('p', {}, description),
      ...all.filter(({ spec }) => spec.tags.includes(name)).map(({ path, method, spec }) => operation(path, method, spec)),
    ]),
    element('h2', { id: 'schemas' }, 'Schemas'),
    ...Object.entries(components.schemas).map(([name, schema]) => details(name, schema)),
  );
  if (location.hash) $(location.hash.slice(1))?.scrollIntoView();
}

$('find').addEventListener('input', ({ target }) => {
  const words = target.value.toLowerCase();
  for (const section of document.querySelectorAll('section')) section.hidden = !section.dataset.words.includes(words);
});

fetch('/v1/openapi.json').then((response) => response.json()).then(draw).catch((error) => {
  $('routes').textContent = `The document cannot be read: ${error.message}`;
});
