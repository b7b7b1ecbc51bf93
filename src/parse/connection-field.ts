/**
 * Which of its connections a line is about, where one process serves many and numbers them: `{session}`, or what a
 * pattern begins with that can be nothing else, as "conn=1000" of slapd. Lines of two connections are of two sessions.
 */
import { type Captures, firstCapture } from "./captures.ts";
import type { PatternPart } from "./pattern.ts";

const WORD = "(?:conn|connection|cnx|sess|session|sid|cid)";
const SUFFIX = "(?:[ _-]?(?:id|no|nr))?";
const LABEL = new RegExp(`(?:^|[^A-Za-z])${WORD}${SUFFIX}(?:[=:]| ?#| )?$`, "i");
const NAME = new RegExp(`^${WORD}(?:_?(?:id|no|nr))?$`);
/** What these tell is something else. */
const TOLD: ReadonlySet<string> = new Set(["ip", "host", "user", "count", "time", "port"]);

/** The same pattern, in which a field that its beginning shows to be the connection's number is called `session`. */
export function withSessionField(parts: readonly PatternPart[]): readonly PatternPart[] {
  const [first] = parts;
  const at = first?.kind === "literal" ? 1 : 0;
  const label = first?.kind === "literal" ? first.text : "";
  const part = parts[at];
  if (part?.kind !== "field" && part?.kind !== "skip") return parts;
  const isNamed = part.kind === "field" && NAME.test(part.name);
  const isTold = part.kind === "field" && TOLD.has(part.name);
  if (isTold || !(isNamed || LABEL.test(label)) || isBesidePeer(parts[at + 1])) return parts;
  const type = part.kind === "field" ? part.type : "text";
  return parts.with(at, { kind: "field", name: "session", type });
}

/** Free text right before an address has its own meaning. */
function isBesidePeer(part: PatternPart | undefined): boolean {
  return part !== undefined && part.kind !== "literal";
}

export interface ConnectionGroups {
  readonly sessionGroups: readonly number[];
}

/** A number, or a word with a digit in it: "Session opened" is no connection. */
const NUMBERED = /^[\w.-]{0,63}\d[\w.-]{0,63}/;

export function connectionIn(captures: Captures, rule: ConnectionGroups): string | undefined {
  if (rule.sessionGroups.length === 0) return undefined;
  return NUMBERED.exec(firstCapture(captures, rule.sessionGroups) ?? "")?.[0];
}
