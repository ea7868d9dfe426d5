/** Reasons that say nothing, whatever their length. */
const VAGUE = /\b(false positive|not (needed|applicable|relevant|required)|n\/a|todo|temporary|by design|suppress(ed)?|ignore[ds]?)\b[.! ]*$/i;

/** Whether a reason is too short to be one, or says nothing. */
export function isVague(reason: string): boolean {
  return reason.trim().length < 20 || VAGUE.test(reason);
}
