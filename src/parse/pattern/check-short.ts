/**
 * Refuses short free text whose end cannot be determined. Either nothing literal follows, or a client that writes the
 * literal could end it, and write what follows as well.
 */
import { hasPeer } from "./address-neighbors.ts";
import { beforeFirst, MAX_SOURCE } from "./first-occurrence.ts";
import type { FieldPart, PatternPart, PatternProblem } from "./pattern.ts";

type Parts = readonly PatternPart[];

/** The name of a field whose text comes from the service, not from the client. */
export const OWN_WORDS = "reason";

/** Finds such a field. `after`: whether a peer follows the parts. */
export function wrongShort(parts: Parts, after = false): PatternProblem | undefined {
  for (const [at, part] of parts.entries()) {
    const isPeerAfter = after || parts.slice(at + 1).some(hasPeer);
    const inner =
      part.kind === "optional" ? [part.parts] : part.kind === "choice" ? part.branches : [];
    const wrong = inner.map((branch) => wrongShort(branch, isPeerAfter)).find(Boolean);
    if (wrong !== undefined) return wrong;
    if (part.kind !== "field" || part.type !== "short") continue;
    const own = wrongField(part, isPeerAfter);
    if (own !== undefined) return own;
  }
  return undefined;
}

function wrongField({ name, stop }: FieldPart, isPeerAfter: boolean): PatternProblem | undefined {
  if (stop === "")
    return {
      got: `{${name}:short} without text right after it`,
      expected: "the text at which it ends, as in {reason:short}, client: {ip}",
      hint: "an optional part, an alternative or a field cannot end it; several forms are several patterns",
    };
  if (beforeFirst(stop).length > MAX_SOURCE)
    return {
      got: `{${name}:short} before ${JSON.stringify(stop)}, which repeats itself too often`,
      expected: "a text without repetitions after it",
    };
  if (!isPeerAfter || name === OWN_WORDS) return undefined;
  return {
    got: `{${name}:short} before the address: a client that writes ${JSON.stringify(stop)} in it chooses the address`,
    expected: `{${OWN_WORDS}:short} if the service words that text itself`,
    hint: `for a client's text: {${name}:until=…} with a character that it cannot contain, {${name}:quoted}, or {${name}:word}`,
  };
}
