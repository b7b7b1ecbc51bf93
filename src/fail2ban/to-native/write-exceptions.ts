/** Who is never banned by a jail: those it lists, and those whom a command vouches for. */
import { parseNamedOptions } from "../named-options.ts";
import { isTrue } from "../read-directory.ts";
import { readSeconds } from "../read-seconds.ts";
import { tomlString, tomlText } from "../toml-text.ts";
import { withPrefix } from "../with-prefix.ts";
import type { Draft } from "./draft.ts";

export function writeIgnored({ jail, lines, note }: Draft): void {
  const listed = (jail.options.get("ignoreip") ?? "").split(/[\s,]+/).filter((ip) => ip !== "");
  const taken = listed.filter((entry) => {
    if (entry.startsWith("file:")) note("left", `ignoreip ${entry}: lists in files are not read`);
    return !entry.startsWith("file:");
  });
  lines.push(`ignoreip = [${taken.map((entry) => tomlString(withPrefix(entry))).join(", ")}]`);
}

const SILENT = new Set(["", "0"]);

/** There it is asked about every failure, here about who would be banned. */
export function writeIgnoreCommand({ jail, lines, note }: Draft): void {
  const command = jail.options.get("ignorecommand")?.trim() ?? "";
  if (SILENT.has(command)) return;
  lines.push(`ignorecommand = ${tomlText(command)}`);
  const cache = parseNamedOptions(`cache[${jail.options.get("ignorecache")?.trim() ?? ""}]`);
  const time = cache.ok ? cache.value.options.get("max-time") : undefined;
  const keep = time === undefined ? undefined : readSeconds(time);
  lines.push(`ignorecommand_keep = "${keep?.ok === true ? Math.max(0, keep.value) : 0}s"`);
  note("changed", "ignorecommand is asked when somebody would be banned, for five seconds at most");
}

export function noteOwnAddresses({ jail, note }: Draft): void {
  if (jail.options.get("ignoreself") !== undefined && !isTrue(jail.options.get("ignoreself")))
    note("changed", "ignoreself = false: this host's own addresses are never banned");
}
