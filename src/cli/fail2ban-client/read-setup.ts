import { type Fail2banSetup, loadFail2ban, missingDirectory } from "../../jails/load-fail2ban.ts";
import { formatProblem } from "../../domain/problem.ts";
import type { StreamedDirectory } from "../../fail2ban/server/describe-stream.ts";
import type { ClientOptions } from "./options.ts";
import { complain } from "./output.ts";

export interface SetupReading {
  readonly fail2ban: Fail2banSetup;
  /** The jails that the daemon would run. */
  readonly running: StreamedDirectory;
}

/** Reads the directory of -c as the daemon does. If it does not exist, reports that and returns undefined. */
export async function readSetup({
  conf,
}: Pick<ClientOptions, "conf">): Promise<SetupReading | undefined> {
  const missing = missingDirectory(conf);
  if (missing !== undefined) {
    complain(`Failed during configuration: ${formatProblem(missing)}`);
    return undefined;
  }
  const fail2ban = await loadFail2ban(conf);
  const names = new Set(fail2ban.jails.map(({ name }) => name));
  const jails = fail2ban.known.filter(({ name }) => names.has(name));
  return { fail2ban, running: { settings: fail2ban.settings, directory: conf, jails } };
}
