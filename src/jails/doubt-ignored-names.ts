/** Warns of host names and files in `ignoreip` that currently exempt nobody, because they yield no address. */
import { readFileSync } from "node:fs";
import { type Config, enabledJails } from "../config/config.ts";
import type { Ip } from "../domain/ip.ts";
import { reasonOf } from "../host/explain-system-error.ts";
import type { PolicyDoubt } from "./policy-doubts.ts";

export type ResolveName = (name: string) => Promise<readonly Ip[]>;

/** Limit for each lookup; longer than a resolver waits for one dead server. */
const LIMIT_MS = 10_000;
const MAX_NAMES = 64;

export async function doubtIgnoredNames(
  config: Pick<Config, "jails">,
  resolveName: ResolveName,
): Promise<readonly PolicyDoubt[]> {
  const entries = enabledJails(config).flatMap(({ name: jail, ignoreip }) =>
    ignoreip.flatMap((one) => (one.kind === "subject" ? [] : [{ jail, one }])),
  );
  const names = new Set(entries.flatMap(({ one }) => (one.kind === "name" ? [one.name] : [])));
  const failures = new Map(
    await Promise.all(
      [...names]
        .slice(0, MAX_NAMES)
        .map(async (name) => [name, await failureOf(name, resolveName)] as const),
    ),
  );
  return entries.flatMap(({ jail, one }): readonly PolicyDoubt[] => {
    const reason = one.kind === "name" ? failures.get(one.name) : emptinessOf(one.path);
    if (reason === undefined) return [];
    const entry = one.kind === "name" ? one.name : `file:${one.path}`;
    const doubt = `ignoreip: ${entry} exempts no address now: ${reason}`;
    const fix =
      one.kind === "name"
        ? "correct the name, or use the address; it is looked up again every five minutes"
        : "correct the path, or list addresses and networks in the file";
    return [{ jail, doubt, fix }];
  });
}

/** Returns why a name yields no address; undefined if it has one. */
async function failureOf(name: string, resolveName: ResolveName): Promise<string | undefined> {
  const patience = Promise.withResolvers<string>();
  const timer = setTimeout(() => patience.resolve("no answer"), LIMIT_MS);
  const asked = resolveName(name).then(
    (found) => (found.length > 0 ? undefined : "it has no address"),
    reasonOf,
  );
  const reason = await Promise.race([asked, patience.promise]);
  clearTimeout(timer);
  return reason;
}

/** Returns why a file lists no entry. Entries are validated elsewhere, when the file is loaded. */
function emptinessOf(path: string): string | undefined {
  try {
    const lines = readFileSync(path, "utf8").split("\n");
    return lines.some((line) => /^\s*[^\s#;]/.test(line)) ? undefined : "it lists no address";
  } catch (error) {
    return reasonOf(error);
  }
}
