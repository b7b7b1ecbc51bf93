/**
 * Fills the placeholders of a command's arguments with facts about a ban. Text that a client may have chosen is
 * escaped: control characters, and a first character that gives an argument a meaning.
 */
import type { CountedFailure } from "../../domain/ban-book.ts";
import { formatInstant } from "../../domain/instant.ts";
import {
  type ArgumentTemplate,
  isPlaceholder,
  PLACEHOLDER,
  type Placeholder,
} from "../../config/kinds/argv-kind.ts";
import { escapeText } from "../../telemetry/escape-text.ts";
import type { BanChange, RecordedBan } from "./named-action.ts";

/** "--config=/tmp/x" is an option, curl sends the file of "@/etc/shadow" or "</etc/shadow", and "+" begins commands. */
const MEANINGFUL_START = /^[-@<+]/;

export interface ArgumentFacts {
  readonly change: BanChange;
  readonly ban: RecordedBan;
  /** The newest lines that led to the ban, oldest first. */
  readonly evidence: readonly Pick<CountedFailure, "user">[];
  readonly host: string;
}

/** Returns the arguments. The first one, the path of the program, has no placeholders. */
export function fillArguments(
  [program = "", ...rest]: ArgumentTemplate,
  facts: ArgumentFacts,
): readonly string[] {
  const values = valuesOf(facts);
  const filled = rest.map((text) => {
    const value = text.replace(PLACEHOLDER, (written: string, literal?: string, name?: string) => {
      if (literal !== undefined) return `{${literal}}`;
      return name !== undefined && isPlaceholder(name) ? values[name] : written;
    });
    const isOwn = value[0] === text[0] || text.startsWith("{bantime}");
    return isOwn ? value : value.replace(MEANINGFUL_START, escapeCharacter);
  });
  return [program, ...filled];
}

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

function valuesOf({
  change: { kind, live },
  ban,
  evidence,
  host,
}: ArgumentFacts): Readonly<Record<Placeholder, string>> {
  const { subject, from, until, failures, origin, reason, rule } = ban;
  const user = evidence.findLast((failure) => failure.user !== undefined)?.user ?? "";
  return {
    ip: subject,
    jail: live.jail.name,
    filter: live.jail.config.filter,
    rule,
    reason: escapeText(reason),
    user: escapeText(user),
    failures: String(failures),
    from: formatInstant(from),
    until: until === "forever" ? until : formatInstant(until),
    bantime: until === "forever" ? "-1" : String(Math.round((until - from) / 1000)),
    origin,
    change: kind,
    host,
  };
}
