/**
 * Identifies the connection of a line, if one process serves and numbers several: `{session}`, or a field that the
 * preceding text identifies, such as "conn=1000" of slapd. Lines of two connections belong to two sessions.
 */
import { patternsOf, type RuleDefinition } from "../../domain/filter-definition.ts";
import { type Captures, firstCapture } from "./captures.ts";
import { hasPeer } from "../pattern/address-neighbors.ts";
import { type PatternPart, parsePattern } from "../pattern/pattern.ts";

const WORD = "(?:conn|connection|cnx|sess|session|sid|cid)";
const SUFFIX = "(?:[ _-]?(?:id|no|nr))?";
const LABEL = new RegExp(`(?:^|[^A-Za-z])${WORD}${SUFFIX}(?:[=:]| ?#| )?$`, "i");
const NAME = new RegExp(`^${WORD}(?:_?(?:id|no|nr))?$`);
/** Names of fields with a meaning, so that they cannot name a connection. */
const OTHER_FIELDS: ReadonlySet<string> = new Set(["ip", "host", "user", "count", "time", "port"]);

/**
 * Calls the field `session` that contains the number of the connection, if the preceding text says so. No text that a
 * client can influence may precede it.
 */
export function withSessionField(parts: readonly PatternPart[]): readonly PatternPart[] {
  for (const [at, part] of parts.entries()) {
    if (isSession(part, parts[at - 1]) && !isBesidePeer(parts[at + 1]))
      return parts.with(at, {
        ...{ kind: "field", type: "text", stop: "" },
        ...part,
        ...{ kind: "field", name: "session" },
      });
    if (part.kind !== "literal" && !isFirm(part)) return parts;
  }
  return parts;
}

function isSession(part: PatternPart, before: PatternPart | undefined): boolean {
  if (part.kind !== "field" && part.kind !== "skip") return false;
  if (part.kind === "field" && OTHER_FIELDS.has(part.name)) return false;
  if (part.kind === "field" && NAME.test(part.name)) return true;
  return before?.kind === "literal" && LABEL.test(before.text);
}

const FREE_TYPES: ReadonlySet<string> = new Set(["text", "name", "short", "until", "unescaped"]);

function isFirm(part: PatternPart): boolean {
  return part.kind === "field" && !FREE_TYPES.has(part.type);
}

/**
 * Returns whether lines that identify a peer also identify a connection. Otherwise no number would lead to a peer, and
 * the process is the session.
 */
export function numbersConnections(rules: readonly RuleDefinition[]): boolean {
  return rules.some(({ recognize }) => {
    switch (recognize.kind) {
      case "regex":
        return /\(\?<(?:ip|host)>/.test(recognize.source) && /\(\?<session>/.test(recognize.source);
      case "line":
        return recognize.patterns.some((one) => namesBoth([one]));
      case "record":
        return namesBoth(patternsOf(recognize));
    }
  });
}

/** Tests quickly for a word that names a connection, before the pattern is parsed. */
const MAY_NAME = /conn|cnx|sess|sid|cid/i;

function namesBoth(patterns: readonly string[]): boolean {
  if (!patterns.some((pattern) => MAY_NAME.test(pattern))) return false;
  const all = patterns.flatMap((pattern) => {
    const parts = parsePattern(pattern);
    return parts.ok ? withSessionField(parts.value) : [];
  });
  return all.some(hasPeer) && all.some(holdsSession);
}

/** Returns whether the part is or contains a field `session`. */
export function holdsSession(part: PatternPart): boolean {
  switch (part.kind) {
    case "literal":
    case "skip":
      return false;
    case "field":
      return part.name === "session";
    case "optional":
      return part.parts.some(holdsSession);
    case "choice":
      return part.branches.some((branch) => branch.some(holdsSession));
  }
}

/**
 * Returns whether the next part excludes a session field: free text directly before an address has a special meaning.
 */
function isBesidePeer(part: PatternPart | undefined): boolean {
  return part !== undefined && part.kind !== "literal";
}

export interface ConnectionGroups {
  readonly sessionGroups: readonly number[];
  /** Whether the filter itself calls the field `session`; otherwise the text before the field says so. */
  readonly namesSession: boolean;
}

/** Matches a number, or a word that contains a digit. "Session opened" is not a connection. */
const NUMBERED = /^[\w.-]{0,63}\d[\w.-]{0,63}/;
const MAX_LENGTH = 127;

export function connectionIn(captures: Captures, rule: ConnectionGroups): string | undefined {
  if (rule.sessionGroups.length === 0) return undefined;
  const value = firstCapture(captures, rule.sessionGroups) ?? "";
  // Any text identifies a session of such a filter: Dovecot's are Base64, often without a digit.
  if (rule.namesSession) return value.slice(0, MAX_LENGTH) || undefined;
  return NUMBERED.exec(value)?.[0];
}
