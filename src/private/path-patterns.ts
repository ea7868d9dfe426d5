/** One step of a pattern: a letter, or one of the symbols below. */
type Step = string | symbol;

const ANY_LETTER = Symbol('any letter');
const ANY_TEXT = Symbol('any text');
/** A parameter such as `{id}` is one letter that is no slash, and then more of them. */
const LETTER_OF_SEGMENT = Symbol('letter of a segment');
const REST_OF_SEGMENT = Symbol('rest of a segment');

/** Steps of a CloudFront path pattern. `*` matches slashes too. */
export function patternSteps(pattern: string): Step[] {
  return [...pattern.toLowerCase()].map((letter) => (letter === '*' ? ANY_TEXT : letter === '?' ? ANY_LETTER : letter));
}

/**
 * Steps of an API's route with its parameters in braces. Servers answer a route in any case and with a slash at its end; so does this,
 * since a route that is taken for another one must not become cacheable by its spelling.
 */
export function routeSteps(path: string): Step[] {
  const steps: Step[] = [];
  for (const part of path.toLowerCase().replace(/\/$/, '').split(/(\{[^}]*\})/)) {
    if (part.endsWith('+}')) steps.push(ANY_LETTER, ANY_TEXT);
    else if (part.startsWith('{')) steps.push(LETTER_OF_SEGMENT, REST_OF_SEGMENT);
    else steps.push(...part);
  }
  return steps;
}

/** Whether some text fits both: two patterns are walked side by side, each pair of places once. */
export function canMeet(one: Step[], other: Step[]): boolean {
  const seen = new Set<string>();
  const walk = (i: number, j: number): boolean => {
    const place = `${i},${j}`;
    if (seen.has(place)) return false;
    seen.add(place);
    if (i === one.length && j === other.length) return true;
    // A repeated step may end here, or take one letter and go on.
    if (repeats(one[i]) && walk(i + 1, j)) return true;
    if (repeats(other[j]) && walk(i, j + 1)) return true;
    if (i === one.length || j === other.length || !share(one[i], other[j])) return false;
    const nextI = repeats(one[i]) ? i : i + 1;
    const nextJ = repeats(other[j]) ? j : j + 1;
    return walk(nextI, nextJ);
  };
  return walk(0, 0);
}

/** Whether a pattern of CloudFront and a route of an API have a path in common. */
export function overlapsRoute(pattern: string, route: string): boolean {
  const steps = routeSteps(route);
  return canMeet(patternSteps(pattern), steps) || canMeet(patternSteps(pattern), [...steps, '/']);
}

function repeats(step: Step | undefined): boolean {
  return step === ANY_TEXT || step === REST_OF_SEGMENT;
}

/** Whether one letter fits both steps. */
function share(one: Step, other: Step): boolean {
  if (one === ANY_LETTER || one === ANY_TEXT || other === ANY_LETTER || other === ANY_TEXT) return true;
  const segment = (step: Step) => step === LETTER_OF_SEGMENT || step === REST_OF_SEGMENT;
  if (segment(one)) return other !== '/';
  if (segment(other)) return one !== '/';
  return one === other;
}
