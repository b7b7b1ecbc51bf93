/**
 * Fills the placeholders of an administrator's command. Each argument stays one argument, whatever the values contain.
 * Pure.
 */
import { type ArgumentTemplate, PLACEHOLDER } from "../../config/kinds/argv-kind.ts";
import type { BlockPlaceholder } from "../../config/kinds/block-argv-kind.ts";
import { splitSubject } from "../../domain/cidr.ts";
import type { Change } from "../../domain/enforcer.ts";
import { formatInstant, type Instant } from "../../domain/instant.ts";

/** Returns the names of the placeholders that a command uses. */
export function placeholdersIn(command: ArgumentTemplate): ReadonlySet<string> {
  return new Set(
    command.flatMap((text) =>
      Array.from(text.matchAll(PLACEHOLDER), ({ groups }) => groups?.["name"] ?? ""),
    ),
  );
}

/** Returns the argument list for a change. */
export function fillCommand(
  command: ArgumentTemplate,
  change: Change,
  now: Instant,
): readonly string[] {
  const values = new Map<string, string>(Object.entries(valuesOf(change, now)));
  return command.map((text) =>
    text.replace(PLACEHOLDER, (written: string, literal?: string, name?: string) =>
      literal === undefined ? (values.get(name ?? "") ?? written) : `{${literal}}`,
    ),
  );
}

function valuesOf(change: Change, now: Instant): Readonly<Record<BlockPlaceholder, string>> {
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
