/** Returns options as written, if their text cannot be derived from the parsed value. */
import type { JailConfig } from "../../../config/config.ts";
import type { Fail2banJail } from "../../config/read-directory.ts";

export type Texts = ReadonlyMap<string, string>;

const KEPT = [
  ...["bantime.increment", "bantime.factor", "bantime.formula", "bantime.multipliers"],
  ...["bantime.maxtime", "bantime.rndtime", "bantime.overalljails", "maxmatches", "logencoding"],
  ...["ignorecommand", "ignorecache"],
];

/** Returns the texts: set over the socket, else of the fail2ban directory, else of the native configuration. */
export function textsOf(
  config: JailConfig,
  fail2ban: Fail2banJail | undefined,
  overrides: Texts,
): Texts {
  const written = fail2ban === undefined ? ownTexts(config) : fail2banTexts(fail2ban);
  return new Map([...written, ...overrides]);
}

function fail2banTexts({ options }: Fail2banJail): Texts {
  const kept = KEPT.flatMap((key) => {
    const text = options.get(key)?.trim();
    const isWritten = text !== undefined && (text !== "" || key === "ignorecommand");
    return isWritten ? [[key, text] as const] : [];
  });
  return new Map(
    kept.map(([key, text]) => [key, key === "logencoding" ? encodingName(text) : text]),
  );
}

export function encodingName(text: string): string {
  return text.toLowerCase() === "auto" ? "UTF-8" : text;
}

function ownTexts({ increment }: JailConfig): Texts {
  const { enabled, multipliers, maxtime, jitter, overalljails } = increment;
  if (!enabled) return new Map([["bantime.increment", "false"]]);
  return new Map([
    ["bantime.increment", "true"],
    [
      "bantime.multipliers",
      multipliers.map((one) => (one === Infinity ? "forever" : one)).join(" "),
    ],
    ["bantime.maxtime", String(maxtime / 1000)],
    ["bantime.rndtime", String(jitter / 1000)],
    ["bantime.overalljails", String(overalljails)],
  ]);
}
