/** Lists the commands that fail2ban's own client would send for a fail2ban directory, in its order. */
import { globSync } from "node:fs";
import { join } from "node:path";
import type { PickleValue } from "./pickle-value.ts";
import { ACTION_KEYS } from "../config/option-keys.ts";
import type { Fail2banAction } from "../config/fail2ban-action.ts";
import { type Fail2banDirectory, type Fail2banJail, isTrue } from "../config/read-directory.ts";

export type StreamCommand = readonly PickleValue[];

/** A fail2ban directory with only the jails that run. */
export type StreamedDirectory = Pick<Fail2banDirectory, "settings" | "jails" | "directory">;

export function describeStream({
  settings,
  jails,
  directory,
}: StreamedDirectory): readonly StreamCommand[] {
  return [
    ...describeSettings(settings),
    ...jails.flatMap((jail) => describeJail(jail, directory)),
    ...jails.map(({ name }) => ["start", name]),
  ];
}

/** Parses a number, which may be followed by a comment; null (None): not a number. */
function numberOf(text: string): number | null {
  const digits = /^\s*([+-]?\d+)\s*(?:[#;].*)?$/.exec(text)?.[1];
  return digits === undefined ? null : Number(digits);
}

const SETTINGS: readonly (readonly [string, string])[] = [
  ["syslogsocket", "auto"],
  ["loglevel", "INFO"],
  ["logtarget", "STDERR"],
  ["allowipv6", "auto"],
  ["dbfile", "/var/lib/fail2ban/fail2ban.sqlite3"],
  ["dbmaxmatches", "10"],
  ["dbpurgeage", "1d"],
];

function describeSettings(settings: ReadonlyMap<string, string>): readonly StreamCommand[] {
  return SETTINGS.map(([key, usual]) => {
    const text = settings.get(key) ?? usual;
    return ["set", key, key === "dbmaxmatches" ? numberOf(text) : text];
  });
}

function describeJail(jail: Fail2banJail, directory: string): readonly StreamCommand[] {
  const { name, options, filter, actions } = jail;
  const texts = new Map([...(filter?.options ?? []), ...options]);
  return [
    ["add", name, options.get("backend") ?? "auto"],
    ...describeRules(name, texts),
    ...describePolicy(name, options),
    ...describeFiles(name, options),
    ...actions.flatMap((action) => describeAction(name, action, directory)),
  ];
}

function linesOf(text: string | undefined): readonly string[] {
  return (text ?? "").split("\n").filter((line) => line !== "");
}

function several(
  name: string,
  command: string,
  texts: readonly string[],
): readonly StreamCommand[] {
  const [only] = texts;
  if (only === undefined) return [];
  if (texts.length === 1) return [["set", name, command, only]];
  return [["multi-set", name, command, texts]];
}

function describeRules(name: string, texts: ReadonlyMap<string, string>): readonly StreamCommand[] {
  const one = (key: string): readonly StreamCommand[] => {
    const text = texts.get(key);
    if (text === undefined || text === "") return [];
    const value = key === "maxlines" ? numberOf(text) : text;
    return value === null ? [] : [["set", name, key, value]];
  };
  return [
    ...one("usedns"),
    ...one("prefregex"),
    ...one("maxlines"),
    ...several(name, "addignoreregex", linesOf(texts.get("ignoreregex"))),
    ...several(name, "addfailregex", linesOf(texts.get("failregex"))),
    ...one("datepattern"),
    ...linesOf(texts.get("journalmatch")).map((match) => [
      "set",
      name,
      "addjournalmatch",
      ...match.split(/\s+/).filter((word) => word !== ""),
    ]),
  ];
}

const NUMBERS = ["maxretry", "maxmatches"];
const POLICY = [
  ...["maxretry", "maxmatches", "findtime", "bantime", "bantime.increment", "bantime.factor"],
  ...["bantime.formula", "bantime.multipliers", "bantime.maxtime", "bantime.rndtime"],
  ...["bantime.overalljails", "ignorecommand", "ignoreself", "ignoreip", "ignorecache"],
  ...["logtimezone", "logencoding"],
];

function describePolicy(
  name: string,
  options: ReadonlyMap<string, string>,
): readonly StreamCommand[] {
  return POLICY.flatMap((key): readonly StreamCommand[] => {
    const text = options.get(key);
    if (text === undefined) return [];
    if (key === "ignoreip") {
      const words = text.split(/[\s,]+/).filter((word) => word !== "");
      return words.length === 0 ? [] : [["set", name, "addignoreip", ...words]];
    }
    if (NUMBERS.includes(key)) return [["set", name, key, numberOf(text)]];
    if (key === "ignoreself" || key === "bantime.increment")
      return [["set", name, key, isTrue(text)]];
    return text === "" && key !== "ignorecommand" ? [] : [["set", name, key, text]];
  });
}

/** Lists the files of globs: fail2ban's client expands them, not its server. */
function describeFiles(
  name: string,
  options: ReadonlyMap<string, string>,
): readonly StreamCommand[] {
  if (options.get("backend")?.startsWith("systemd")) return [];
  return linesOf(options.get("logpath")).flatMap((line) => {
    const [, glob = line, from = "head"] = /^(.*?)(?:\s+(head|tail))?$/.exec(line.trim()) ?? [];
    const paths = globSync(glob).sort();
    return paths.map((path) => ["set", name, "addlogpath", path, from]);
  });
}

const SWITCHES: ReadonlySet<PickleValue | undefined> = new Set([
  ...["actionstart_on_demand", "actionrepair_on_unban", "norestored"],
]);

/** Formats texts as Python's json does: blanks after separators, and only ASCII. */
function pythonJson(texts: ReadonlyMap<string, string>): string {
  const quoted = [...texts].map((pair) => pair.map((text) => JSON.stringify(text)).join(": "));
  return `{${quoted.join(", ")}}`.replace(
    /[\u0080-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function describeAction(
  jail: string,
  action: Fail2banAction,
  directory: string,
): readonly StreamCommand[] {
  const { file, name, commands, properties } = action;
  if (file.endsWith(".py")) {
    const path = join(directory, "action.d", file);
    return [["set", jail, "addaction", name, path, pythonJson(properties)]];
  }
  const given = ACTION_KEYS.filter((key) => commands.has(key));
  const pairs = given
    .map((key): StreamCommand => {
      const text = commands.get(key) ?? "";
      return [key, SWITCHES.has(key) ? isTrue(text) : text];
    })
    // fail2ban sends boolean options after the commands.
    .sort(([a], [b]) => Number(SWITCHES.has(a)) - Number(SWITCHES.has(b)));
  return [
    ["set", jail, "addaction", name],
    ["multi-set", jail, "action", name, [...pairs, ...[...properties].map((pair) => [...pair])]],
  ];
}
