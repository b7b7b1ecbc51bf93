/** Converts the options of a fail2ban filter, texts by name, to rules. */
import type { PythonRules } from "../../domain/filter-definition.ts";

const DNS_WORDS = ["yes", "warn", "no", "raw"] as const;

export function filterRules(options: ReadonlyMap<string, string>): PythonRules {
  const dns = options.get("usedns")?.trim().toLowerCase();
  const maxlines = Number(options.get("maxlines") ?? 1);
  return {
    failregex: linesOf(options.get("failregex")),
    ignoreregex: linesOf(options.get("ignoreregex")),
    prefregex: options.get("prefregex")?.trim() || undefined,
    datepattern: linesOf(options.get("datepattern")),
    maxlines: Number.isInteger(maxlines) && maxlines > 1 ? maxlines : 1,
    usedns: DNS_WORDS.find((word) => word === dns) ?? "warn",
    logtimezone: options.get("logtimezone")?.trim() || undefined,
  };
}

function linesOf(text: string | undefined): readonly string[] {
  return (text ?? "").split("\n").filter((line) => line.trim() !== "");
}
