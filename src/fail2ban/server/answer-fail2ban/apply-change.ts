/**
 * Applies a change of one option to the configuration and filter of a running jail. Refuses options that cannot be
 * changed or have no effect in bailiff, with a reason. Its only I/O is to check whether a log exists.
 */
import { existsSync } from "node:fs";
import type { JailConfig } from "../../../config/config.ts";
import {
  formatIgnoreEntry,
  type IgnoreEntry,
  parseIgnoreEntry,
} from "../../../config/kinds/ignore-entry.ts";
import { duration } from "../../../domain/duration.ts";
import { badValue, CommandError, FileError } from "../command-error.ts";
import type { JailChange } from "../command-port.ts";
import { isEncoding } from "../../config/encoding-name.ts";
import { isTrue } from "../../config/read-directory.ts";
import { readSeconds } from "../../config/read-seconds.ts";
import { withPrefix } from "../../config/with-prefix.ts";
import type { FoundSource } from "../../../pipeline/sources/source-plan.ts";
import type { ChangedJail, ChangingJail } from "./changing-jail.ts";
import { changeActions } from "./change-actions.ts";
import { changeGrowth } from "./change-growth.ts";
import { changeRules } from "./change-rules.ts";
import { KEPT_LINES } from "./kept-lines.ts";
import { readCache } from "./read-cache.ts";
import { readLength } from "./read-length.ts";
import { encodingName } from "./texts.ts";

export function applyChange(jail: ChangingJail, change: JailChange): ChangedJail {
  const { option, how, values } = change;
  const [value = ""] = values;
  const { config } = jail;
  switch (option) {
    case "maxretry":
      return withConfig(jail, { maxretry: readCount(value, 1, 1000, option) });
    case "findtime":
      return withConfig(jail, { findtime: readLength(value) });
    case "bantime":
      return changeBantime(jail, value);
    case "ignoreip":
      return withConfig(jail, { ignoreip: changeIgnored(config.ignoreip, how, values) });
    case "logpath":
      return withConfig(jail, { source: changeFiles(jail, how, value) });
    case "journalmatch":
      return withConfig(jail, { source: changeMatches(jail, how, values) });
    case "action":
      return withConfig(jail, {
        actions: { ...config.actions, tables: changeActions(config.actions.tables, change) },
      });
    case "maxmatches":
      readCount(value, 0, KEPT_LINES, option);
      return withText(jail, option, value);
    case "logencoding":
      if (!/^(?:auto|utf-?8|ascii)$/i.test(value))
        throw badValue(
          isEncoding(value)
            ? `logs are read as UTF-8, not as ${value}`
            : `unknown encoding: ${value}`,
        );
      return withText(jail, option, encodingName(value));
    case "ignoreself":
      if (isTrue(value)) return jail;
      throw new CommandError("this host's own addresses are never banned");
    case "ignorecommand":
      return {
        ...withText(jail, option, value),
        config: { ...config, ignorecommand: value },
      };
    case "ignorecache":
      return changeCache(jail, value);
  }
  if (option.startsWith("bantime.")) return changeGrowth(jail, option, value);
  return { ...jail, definition: changeRules(jail.definition, change) };
}

function withConfig(jail: ChangingJail, part: Partial<JailConfig>): ChangedJail {
  return { ...jail, config: { ...jail.config, ...part } };
}

function withText(jail: ChangingJail, option: string, text: string): ChangedJail {
  return { ...jail, overrides: new Map([...jail.overrides, [option, text]]) };
}

function readCount(text: string, least: number, most: number, option: string): number {
  const count = Number(text);
  if (count >= least && count <= most) return count;
  throw badValue(`${option} must be from ${least} to ${most}, not ${text}`);
}

/** Changes how long answers of ignorecommand are cached; their number has its own fixed bound. */
function changeCache(jail: ChangingJail, text: string): ChangedJail {
  const cache = readCache(text);
  if (cache === undefined) throw badValue('expected key="<ip>",max-count=100,max-time=5m');
  const keep = duration(cache.seconds * 1000);
  return {
    ...withText(jail, "ignorecache", text),
    config: { ...jail.config, ignorecommand_keep: keep },
  };
}

/** Changes bantime, and recomputes an increment that a formula derives from it. */
function changeBantime(jail: ChangingJail, text: string): ChangedJail {
  const seconds = readSeconds(text);
  const bantime = seconds.ok && Math.trunc(seconds.value) === -1 ? "forever" : readLength(text);
  const changed = { ...jail, ...withConfig(jail, { bantime }) };
  if (!jail.texts.has("bantime.formula")) return changed;
  return changeGrowth(changed, "bantime.formula", jail.texts.get("bantime.formula") ?? "");
}

function changeIgnored(
  entries: readonly IgnoreEntry[],
  how: JailChange["how"],
  values: readonly string[],
): readonly IgnoreEntry[] {
  const nameOf = formatIgnoreEntry;
  let changed = entries;
  for (const text of values) {
    const parsed = parseIgnoreEntry(withPrefix(text));
    if (parsed === undefined)
      throw badValue(`${text} is not a valid address, network or host name`);
    const same = changed.some((entry) => nameOf(entry) === nameOf(parsed));
    if (how === "remove" && !same) throw badValue("list.remove(x): x not in list");
    if (how === "remove") changed = changed.filter((entry) => nameOf(entry) !== nameOf(parsed));
    else if (!same) changed = [...changed, parsed];
  }
  return changed;
}

function changeFiles(
  { source, config }: ChangingJail,
  how: JailChange["how"],
  path: string,
): FoundSource {
  if (source !== undefined && source.kind !== "file" && source.kind !== "none")
    throw new CommandError(`jail ${config.name} reads no file but ${source.kind}`);
  const files = source?.kind === "file" ? source.files : [];
  if (how === "remove") return { kind: "file", files: files.filter((file) => file !== path) };
  if (!path.startsWith("/") || !existsSync(path)) throw new FileError(path);
  return { kind: "file", files: [...new Set([...files, path])] };
}

const FIELD = /^[A-Z_][A-Z0-9_]{0,63}=[^\0\n]+$/;

/** Changes the journal matches. Values are fields of an alternative; "+" begins another alternative. */
function changeMatches(
  { source, config }: ChangingJail,
  how: JailChange["how"],
  values: readonly string[],
): FoundSource {
  if (source?.kind !== "journal")
    throw new CommandError(`jail ${config.name} does not read the journal`);
  const groups = splitMatches(values);
  if (groups.length === 0) throw badValue("expected FIELD=value");
  for (const field of groups.flat())
    if (!FIELD.test(field)) throw badValue(`expected FIELD=value, not ${field}`);
  const same = (a: readonly string[], b: readonly string[]): boolean =>
    [...a].sort().join("\n") === [...b].sort().join("\n");
  // Adding the first match replaces the empty one, which selects every entry.
  const present = source.matches.filter((match) => match.length > 0);
  const others = present.filter((match) => !groups.some((group) => same(group, match)));
  if (how === "add") return { ...source, matches: [...others, ...groups] };
  if (others.length === present.length) throw badValue("match not found");
  if (others.length > 0) return { ...source, matches: others };
  throw new CommandError(`the only match of jail ${config.name}: stop the jail instead`);
}

function splitMatches(values: readonly string[]): readonly (readonly string[])[] {
  const groups: string[][] = [[]];
  for (const value of values) {
    if (value === "+") groups.push([]);
    else groups.at(-1)?.push(value);
  }
  return groups.filter((group) => group.length > 0);
}
