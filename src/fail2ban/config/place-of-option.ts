/** Finds the fail2ban option, with file and line, that a key of the native configuration was made of. */
import type { Problem } from "../../domain/problem.ts";
import type { IniEntry } from "./parse-ini.ts";

/** Those that are called otherwise there. */
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
  /** Of the jail. */
  readonly name: string;
  /** Of the jail, used when its section does not name the option. */
  readonly path: string;
  readonly places: ReadonlyMap<string, IniEntry>;
}

export type OptionPlace = Pick<Problem, "path" | "line" | "key">;

/**
 * `parts` of a key such as jails.sshd.increment.maxtime, the jail's name left out, or python.failregex.1.
 * `got`: what was found there, such as "3306x/tcp".
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

/** Lines of a value are those of its file unless a reference in it expands to several. */
function lineOf(
  { text, line, lines }: { text: string; line: number; lines?: readonly number[] },
  index: number,
): number {
  if (lines === undefined || !Number.isInteger(index) || text.includes("%(")) return line;
  const said = text.split("\n").flatMap((one, at) => (one === "" ? [] : [lines[at] ?? line]));
  return said[index] ?? line;
}
