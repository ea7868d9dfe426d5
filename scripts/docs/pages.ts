/** The sections of a construct's page, whichever of the two forms its headings have. */

/** Text of each section by its heading in lower case; a heading that names several sections gives its text to each. */
export function sectionsOfPage(page: string): Map<string, string> {
  const sections = new Map<string, string>();
  const text = page.replace(/^```[\s\S]*?^```$/gm, '');
  for (const [, heading, inline, body] of text.matchAll(/^(?:## (.+)|\*\*([^*\n]+)\.\*\*)([\s\S]*?)(?=^## |^\*\*[A-Z][^*\n]*\.\*\*|$(?![\s\S]))/gm)) {
    for (const name of (heading ?? inline).toLowerCase().split(/, | and /)) sections.set(name.trim(), body.trim());
  }
  return sections;
}

/** The first sentence of a text as one line. Abbreviations and figures such as `0.10 USD` do not end it. */
export function firstSentence(text: string): string {
  const line = text.replace(/^- /gm, '').replace(/\s+/g, ' ').trim();
  const end = /(?<!\b(?:e\.g|i\.e|vs|approx))[.:](?= [A-Z`"(0-9-]|$)/.exec(line);
  return end === null ? line : line.slice(0, end.index + 1).replace(/:$/, '.');
}

/** What a page says of behaviour in failure and of costs, by whichever name. */
export function sentencesOf(page: string): { failure?: string; cost?: string } {
  const sections = sectionsOfPage(page);
  const first = (...names: string[]): string | undefined => {
    const text = names.map((name) => sections.get(name)).find((found) => found !== undefined && found !== '');
    return text === undefined ? undefined : firstSentence(text);
  };
  return { failure: first('in failure', 'behaviour in failure'), cost: first('cost drivers') };
}
