/** Warns of running services without a jail. */
import type { Config } from "../../config/config.ts";
import type { FoundService } from "../found-services.ts";
import { unwatchedServices } from "../unwatched-services.ts";
import type { EntryDoubt } from "./doubt-entries.ts";

export function doubtUnwatched(
  config: Pick<Config, "autojails" | "filters" | "jails">,
  found: readonly FoundService[],
): readonly EntryDoubt[] {
  return unwatchedServices(config, found).map(({ head: { name }, running: [program = name] }) => ({
    jail: name,
    doubt: `${program} is running, but no jail protects it: built-in jails run only while no other jail is configured`,
    fix: `run: bailiff enable ${name}; or add [jails.${name}] with enabled = false to leave the service unprotected on purpose`,
  }));
}
