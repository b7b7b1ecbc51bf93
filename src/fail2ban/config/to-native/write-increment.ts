/** Writes the ban time increment: the formula becomes a list of factors of bantime. */
import { MAX_DURATION } from "../../../domain/duration.ts";
import { readMultipliers } from "../read-multipliers.ts";
import { isTrue } from "../read-directory.ts";
import { tomlKey } from "../toml-text.ts";
import type { Draft } from "./draft.ts";
import { readLength, writeLength } from "./write-length.ts";

export function writeIncrement(draft: Draft): void {
  const { jail, lines, note, unusable } = draft;
  const option = (key: string): string | undefined => jail.options.get(`bantime.${key}`)?.trim();
  const table = `[jails.${tomlKey(jail.name)}.increment]`;
  if (!isTrue(option("increment"))) {
    lines.push("", table, "enabled = false");
    return;
  }
  const { multipliers, mistakes } = readMultipliers(jail);
  for (const { key, got, expected, instead, stops } of mistakes)
    unusable(key, got, expected, instead, stops);
  const isEndless = multipliers.includes(Infinity);
  const listed = multipliers.map((one) => (one === Infinity ? '"forever"' : one)).join(", ");
  lines.push("", table, "enabled = true", `multipliers = [${listed}]`);
  const maxtime = option("maxtime");
  if (!isEndless)
    writeLength(draft, "maxtime", {
      option: "bantime.maxtime",
      text: maxtime || UNLIMITED,
      instead: UNLIMITED,
      why: "every ban but the first would end immediately",
    });
  const rndtime = { option: "bantime.rndtime", text: option("rndtime") || "0", instead: "0" };
  const jitter = Math.min(Math.max(0, readLength(draft, rndtime)), MAX_DURATION / 1000);
  lines.push(`jitter = "${jitter}s"`);
  lines.push(`overalljails = ${isTrue(option("overalljails"))}`);
  note("changed", "a known address is banned for longer, but each of its failures counts once");
}

/** The maximum ban time if maxtime is not set. */
const UNLIMITED = `${MAX_DURATION / 86_400_000}d`;
