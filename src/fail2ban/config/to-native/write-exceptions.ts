/** Writes the exemptions of a jail: ignoreip and ignorecommand. */
import { parseIgnoreEntry } from "../../../config/kinds/ignore-entry.ts";
import { explainZone } from "../../../domain/cidr.ts";
import { parseNamedOptions } from "../named-options.ts";
import { isTrue } from "../read-directory.ts";
import { readSeconds } from "../read-seconds.ts";
import { tomlString, tomlText } from "../toml-text.ts";
import { withPrefix } from "../with-prefix.ts";
import type { Draft } from "./draft.ts";
import { linesOf } from "./option-texts.ts";

export function writeIgnored({ jail, lines, doubt }: Draft): void {
  const taken = linesOf(jail.options.get("ignoreip")).flatMap((line) => {
    const [before = "", ...comment] = line.split("#");
    if (comment.length > 0) {
      const hint = "fail2ban looks up its words as names; here only its addresses count";
      doubt("ignoreip", `#${comment.join("#")}`, "a comment on a separate line", hint);
    }
    const listed = wordsOf(before).flatMap((entry) => {
      if (isIgnoreEntry(entry)) return [entry];
      const single = singleAddress(entry);
      const hint = single === undefined ? hintFor(entry) : `only ${single} is exempt`;
      doubt("ignoreip", entry, "an address, a network or a host name", hint);
      return single ?? [];
    });
    return [...listed, ...wordsOf(comment.join(" ")).filter(isAddress)];
  });
  lines.push(`ignoreip = [${taken.map((entry) => tomlString(withPrefix(entry))).join(", ")}]`);
}

function wordsOf(text: string): readonly string[] {
  return text.split(/[\s,]+/).filter((word) => word !== "");
}

function isIgnoreEntry(entry: string): boolean {
  return parseIgnoreEntry(withPrefix(entry)) !== undefined;
}

function isAddress(entry: string): boolean {
  return parseIgnoreEntry(withPrefix(entry))?.kind === "subject";
}

/**
 * Returns the address of a network with an invalid prefix, or of an address in brackets: fail2ban exempts that single
 * address.
 */
function singleAddress(entry: string): string | undefined {
  const { plain, inside } =
    /^(?:(?<plain>[^/[\]]+)\/-?\d+|\[(?<inside>[^/[\]]+)\])$/.exec(entry)?.groups ?? {};
  const address = plain ?? inside;
  return address !== undefined && isAddress(address) ? address : undefined;
}

/** Returns a hint for an entry that exempts no address in fail2ban either. */
function hintFor(entry: string): string {
  const zone = explainZone(entry);
  if (zone !== undefined) return `it exempts no address; ${zone}`;
  const wild = /^(?<head>(?:\d{1,3}\.){1,3})(?:\*\.?)+$/.exec(entry)?.groups?.["head"];
  const bytes = wild?.split(".").filter((part) => part !== "") ?? [];
  if (bytes.length === 0) return "it exempts no address";
  const network = [...bytes, "0", "0", "0"].slice(0, 4).join(".");
  return `it exempts no address; write ${network}/${bytes.length * 8}`;
}

const SILENT = new Set(["", "0"]);

/** Writes ignorecommand, and notes that fail2ban runs it for every failure, bailiff only before a ban. */
export function writeIgnoreCommand({ jail, lines, note }: Draft): void {
  const command = jail.options.get("ignorecommand")?.trim() ?? "";
  if (SILENT.has(command)) return;
  lines.push(`ignorecommand = ${tomlText(command)}`);
  const cache = parseNamedOptions(`cache[${jail.options.get("ignorecache")?.trim() ?? ""}]`);
  const time = cache.ok ? cache.value.options.get("max-time") : undefined;
  const keep = time === undefined ? undefined : readSeconds(time);
  lines.push(
    `ignorecommand_keep = "${keep?.ok === true ? Math.max(0, Math.round(keep.value)) : 0}s"`,
  );
  note("changed", "ignorecommand runs before a ban, for five seconds at most");
}

export function noteOwnAddresses({ jail, note }: Draft): void {
  if (jail.options.get("ignoreself") !== undefined && !isTrue(jail.options.get("ignoreself")))
    note("changed", "ignoreself = false: this host's own addresses are never banned");
}
