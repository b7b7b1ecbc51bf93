/**
 * Fills the placeholders of an administrator's command. Each argument stays one argument, whatever the values contain.
 * Pure.
 */
import { splitSubject } from "../../domain/cidr.ts";
import type { Change } from "../../domain/enforcer.ts";
import { formatInstant, type Instant } from "../../domain/instant.ts";
import { fail, ok, type Result } from "../../domain/result.ts";

/** An argument list, whose arguments may contain placeholders. */
export type CommandTemplate = readonly string[];

/**
 * ip: the address, or a network such as "192.0.2.0/24". address, prefix: its two parts. family: "ipv4" or "ipv6". ports:
 * "all", or "tcp/22,udp/53". seconds: the time left, "0" for a permanent ban. until: the end in UTC, or "forever".
 */
const PLACEHOLDERS = ["ip", "address", "prefix", "family", "ports", "seconds", "until"] as const;

type Placeholder = (typeof PLACEHOLDERS)[number];

const PATTERN = /\{([a-z]+)\}/g;

/** Returns the placeholders that a command uses. Fails with one that does not exist. */
export function placeholdersIn(command: CommandTemplate): Result<ReadonlySet<string>, string> {
  const used = new Set(command.flatMap((text) => Array.from(text.matchAll(PATTERN), nameOf)));
  const known: readonly string[] = PLACEHOLDERS;
  const wrong = [...used].find((name) => !known.includes(name));
  if (wrong === undefined) return ok(used);
  const list = known.map((name) => `{${name}}`).join(" ");
  return fail(`{${wrong}} is not a placeholder; available: ${list}`);
}

function nameOf([, name = ""]: RegExpMatchArray): string {
  return name;
}

/** Returns the argument list for a change. */
export function fillCommand(
  command: CommandTemplate,
  change: Change,
  now: Instant,
): readonly string[] {
  const values = new Map(Object.entries(valuesOf(change, now)));
  return command.map((text) =>
    text.replaceAll(PATTERN, (whole, name: string) => values.get(name) ?? whole),
  );
}

function valuesOf(change: Change, now: Instant): Readonly<Record<Placeholder, string>> {
  const { subject, scope } = change;
  const { ip, family, prefix } = splitSubject(subject);
  const until = change.kind === "add" ? change.until : now;
  return {
    ip: subject,
    address: ip,
    prefix: String(prefix),
    family,
    ports: scope,
    // A tool may take 0 for a permanent entry.
    seconds: until === "forever" ? "0" : String(Math.max(1, Math.ceil((until - now) / 1000))),
    until: until === "forever" ? "forever" : formatInstant(until),
  };
}
