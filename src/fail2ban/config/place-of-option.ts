/** Finds the fail2ban option, with file and line, from which a key of the native configuration was converted. */
import type { Problem } from "../../domain/problem.ts";
import type { IniEntry } from "./parse-ini.ts";

/** Keys whose fail2ban option has a different name. */
const MADE_OF: Readonly<Record<string, string>> = {
  source: "logpath",
  ports: "action",
  enforcer: "action",
  actions: "action",
  maxtime: "bantime.maxtime",
  jitter: "bantime.rndtime",
  multipliers: "bantime.multipliers",
  overalljails: "bantime.overalljails",
  ignorecommand_keep: "ignorecache",
};

export interface PlacedOptions {
  /** Name of the jail. */
  readonly name: string;
  /** File of the jail, used when its section does not contain the option. */
  readonly path: string;
  readonly places: ReadonlyMap<string, IniEntry>;
}

export type OptionPlace = Pick<Problem, "path" | "line" | "key">;

/**
 * Finds the option of a key. `parts`: the key without the jail's name, from jails.sshd.increment.maxtime or
 * python.failregex.1. `got`: the found value, such as "3306x/tcp".
 */
export function placeOfOption(
  { name, path, places }: PlacedOptions,
  parts: readonly string[],
  got = "",
): OptionPlace {
  const [port = ""] = got.replaceAll('"', "").split("/");
  const saysPort = port !== "" && places.get("port")?.text.includes(port) === true;
  const options = parts.map((part) =>
    part === "ports" && saysPort ? "port" : (MADE_OF[part] ?? part),
  );
  const option = options.find((one) => places.has(one)) ?? options[0] ?? "";
  const entry = places.get(option);
  const key = `${name}.${option}`;
  if (entry === undefined) return { path, key };
  const line = lineOf(entry, Number(parts[parts.length - 1]));
  return { path: entry.path, line, key };
}

/** Returns the line of element `index` of a value; the option's line if a reference in it expands to several lines. */
function lineOf(
  { text, line, lines }: { text: string; line: number; lines?: readonly number[] },
  index: number,
): number {
  if (lines === undefined || !Number.isInteger(index) || text.includes("%(")) return line;
  const said = text.split("\n").flatMap((one, at) => (one === "" ? [] : [lines[at] ?? line]));
  return said[index] ?? line;
}
