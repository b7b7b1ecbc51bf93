/**
 * Finds values that an option does not accept. fail2ban silently uses another value, or does not start; bailiff uses a
 * valid value instead, and reports each.
 */
import { didYouMean } from "../../domain/did-you-mean.ts";
import type { Problem } from "../../domain/problem.ts";
import { isEncoding } from "./encoding-name.ts";
import { parseNamedOptions } from "./named-options.ts";
import { type PlacedOptions, placeOfOption } from "./place-of-option.ts";

export interface ValueSearch extends PlacedOptions {
  /** Returns the value of an option, with all references replaced. */
  readonly valueOf: (key: string) => string | undefined;
}

interface WrongValues {
  /** Values with which fail2ban does not start. */
  readonly unusable: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/** Returns the end of the message about an invalid value. `stops`: fail2ban certainly does not start with it. */
export function insteadUsed(instead: string, stops = true): string {
  return `${stops ? "fail2ban does not start with it" : "bailiff cannot read it"}; ${instead} is used`;
}

const FLAGS = [
  "enabled",
  "ignoreself",
  "bantime.increment",
  "bantime.overalljails",
  "skip_if_nologs",
  "systemd_if_nologs",
];
const FLAG = /^(?:1|on|true|yes|0|off|false|no|none|)$/i;
const NAMES_OF_LOOK_UP = /^(?:yes|warn|no|raw|1|on|true|0|off|false|)$/i;
const BACKENDS = ["auto", "pyinotify", "gamin", "polling", "systemd"];
const SYSTEMD_OPTIONS: readonly string[] = [
  "journalpath",
  "journalfiles",
  "journalflags",
  "namespace",
  "rotated",
];
/** A path, and a second one behind a blank or a comma. */
const SEVERAL_PATHS = /^\/\S*?(?:\s|,)\s*\//;
const CACHE_OPTIONS = ["key", "max-count", "max-time"];

export function findWrongValues(search: ValueSearch): WrongValues {
  const { valueOf } = search;
  const at = (key: string): string | undefined => valueOf(key)?.trim();
  const warnings: Problem[] = [];
  const unusable: Problem[] = [];
  const warn = (key: string, expected: string, hint: string, got = at(key) ?? ""): void => {
    warnings.push({ ...placeOfOption(search, [key]), got, expected, hint });
  };
  for (const key of FLAGS)
    if (!FLAG.test(at(key) ?? "")) warn(key, "true or false", "it is taken as false");
  if (!NAMES_OF_LOOK_UP.test(at("usedns") ?? ""))
    warn("usedns", "yes, warn, no or raw", "it is taken as no");
  // jail.conf derives maxmatches from maxretry, which is reported separately.
  if (at("maxmatches") !== at("maxretry") && !/^\d*$|^none$/i.test(at("maxmatches") ?? ""))
    warn("maxmatches", "a whole number", "it has no effect");
  if (!/^0*[1-9]\d*$|^$|^none$/i.test(at("maxlines") ?? ""))
    warn("maxlines", "a whole number", "one line at a time is looked at");
  for (const line of (at("logpath") ?? "").split("\n"))
    if (SEVERAL_PATHS.test(line.trim()))
      warn("logpath", "one path per line", "the line is taken as one path", line.trim());
  if (!isEncoding(at("logencoding") ?? "auto"))
    warn("logencoding", "an encoding such as utf-8 or latin1", "logs are read as UTF-8");
  if (!parseNamedOptions(`cache[${at("ignorecache") ?? ""}]`).ok)
    warn("ignorecache", "key=…, max-count=…, max-time=…", "answers are not kept");
  for (const { key, meant } of unknownIn(`cache[${at("ignorecache") ?? ""}]`, CACHE_OPTIONS))
    warn("ignorecache", meant, "it has no effect", key);
  const wrong = (got: string, expected: string, instead: string): void => {
    const place = placeOfOption(search, ["backend"]);
    unusable.push({ ...place, got, expected, hint: insteadUsed(instead) });
  };
  const backend = at("backend");
  if (backend !== undefined) {
    const expected = wrongBackend(backend);
    if (expected !== undefined) wrong(backend === "" ? "nothing" : backend, expected, "auto");
    for (const { key, meant } of unknownIn(backend, SYSTEMD_OPTIONS))
      wrong(key, meant, "the host's journal");
  }
  return { unusable, warnings };
}

/** Returns what was expected; undefined: the backend is valid. */
export function wrongBackend(text: string): string | undefined {
  if (text === "") return oneOf(text, BACKENDS);
  const parsed = parseNamedOptions(text);
  if (!parsed.ok) return `systemd[key=value, …]: ${parsed.error}`;
  const { name } = parsed.value;
  return BACKENDS.includes(name.toLowerCase()) ? undefined : oneOf(name, BACKENDS);
}

function unknownIn(
  text: string,
  known: readonly string[],
): readonly { readonly key: string; readonly meant: string }[] {
  const parsed = parseNamedOptions(text);
  if (!parsed.ok) return [];
  const keys = [...parsed.value.options.keys()].filter((key) => !known.includes(key));
  return keys.map((key) => ({ key, meant: oneOf(key, known) }));
}

function oneOf(got: string, known: readonly string[]): string {
  return didYouMean(got, known) ?? `one of ${known.join(", ")}`;
}
