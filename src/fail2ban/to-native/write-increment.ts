/** Longer bans for who comes again: the formula becomes a list of multiples of bantime. */
import { readMultipliers } from "../read-multipliers.ts";
import { isTrue } from "../read-directory.ts";
import { tomlKey } from "../toml-text.ts";
import type { Draft } from "./draft.ts";
import { writeLength } from "./write-length.ts";

export function writeIncrement(draft: Draft): void {
  const { jail, lines, wrong, note } = draft;
  const option = (key: string): string | undefined => jail.options.get(`bantime.${key}`)?.trim();
  const table = `[jails.${tomlKey(jail.name)}.increment]`;
  if (!isTrue(option("increment"))) {
    lines.push("", table, "enabled = false");
    return;
  }
  const multipliers = readMultipliers(jail);
  if (typeof multipliers === "string") {
    wrong("bantime.formula", option("formula") ?? "", multipliers);
    return;
  }
  lines.push("", table, "enabled = true", `multipliers = [${multipliers.join(", ")}]`);
  const maxtime = option("maxtime");
  if (maxtime) writeLength(draft, "maxtime", maxtime);
  const rndtime = option("rndtime");
  writeLength(draft, "jitter", rndtime || "0");
  lines.push(`overalljails = ${isTrue(option("overalljails"))}`);
  note("changed", "a known address is banned for longer, but each of its failures counts once");
}
