import { type Fail2banSetup, loadFail2ban, missingDirectory } from "../../jails/load-fail2ban.ts";
import { formatProblem } from "../../domain/problem.ts";
import type { StreamedDirectory } from "../../fail2ban/server/describe-stream.ts";
import type { ClientOptions } from "./options.ts";
import { complain } from "./output.ts";

export interface ForeignReading {
  readonly foreign: Fail2banSetup;
  /** The jails that the daemon would run. */
  readonly running: StreamedDirectory;
}

/** Reads the directory of -c as the daemon does; undefined, and reported, when it does not exist. */
export async function readForeign({
  conf,
}: Pick<ClientOptions, "conf">): Promise<ForeignReading | undefined> {
  const missing = missingDirectory(conf);
  if (missing !== undefined) {
    complain(`Failed during configuration: ${formatProblem(missing)}`);
    return undefined;
  }
  const foreign = await loadFail2ban(conf);
  const names = new Set(foreign.jails.map(({ name }) => name));
  const jails = foreign.known.filter(({ name }) => names.has(name));
  return { foreign, running: { settings: foreign.settings, directory: conf, jails } };
}
