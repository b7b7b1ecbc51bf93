/** Warns of configured jails that leave their log to be found, and of which none exists. */
import { enabledJails } from "../../config/config.ts";
import type { Clock } from "../../domain/clock.ts";
import { compileJails } from "../../jails/compile-jails.ts";
import type { Loaded } from "../../jails/load-all.ts";
import type { PolicyDoubt } from "../../jails/policy-doubts.ts";
import { describeSearch } from "../../pipeline/sources/describe-search.ts";
import { findSource } from "../../pipeline/sources/find-sources.ts";

/** Built-in jails wait for their logs, so they cause no warning. */
export async function doubtAbsentLogs(
  loaded: Loaded,
  clock: Clock,
): Promise<readonly PolicyDoubt[]> {
  const { config } = loaded;
  const searched = enabledJails(config).filter(
    ({ name, source }) => source.kind === "auto" && !config.builtIn.includes(name),
  );
  const { jails } = compileJails(searched, loaded, []);
  const doubts: PolicyDoubt[] = [];
  for (const { jail, definition } of jails) {
    const search = await findSource({ jail, definition, containers: config.containers }, clock);
    if (search.source !== undefined) continue;
    const fix = `set its log: [jails.${jail.name}] source = { file = ["/path/to/log"] }`;
    doubts.push({ jail: jail.name, doubt: describeSearch(search), fix });
  }
  return doubts;
}
