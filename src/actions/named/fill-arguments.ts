/**
 * Fills the placeholders of a command's arguments with facts about a ban. Text that a client may have chosen is
 * escaped: control characters, and a dash that would make it an option.
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
    // A name such as "--config=/tmp/x" must not become an option of the program.
    const isOption = value.startsWith("-") && !/^(?:-|\{bantime\})/.test(text);
    return isOption ? `\\u002d${value.slice(1)}` : value;
  });
  return [program, ...filled];
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
