/** Runs -d and -t. -d prints what a fail2ban directory configures; -t checks that the daemon runs every jail of it. */
import { formatProblem } from "../../domain/problem.ts";
import { describeStream } from "../../fail2ban/server/describe-stream.ts";
import { pythonRepr } from "../../fail2ban/server/python-text.ts";
import type { ClientOptions } from "./options.ts";
import { complain, print } from "./output.ts";
import { readSetup } from "./read-setup.ts";

/** Returns whether no jail is left out. */
export async function examine(options: ClientOptions): Promise<boolean> {
  const read = await readSetup(options);
  if (read === undefined) return false;
  const { fail2ban, running } = read;
  const { problems, warnings } = fail2ban;
  for (const warning of warnings) complain(formatProblem(warning), "WARNING");
  for (const problem of problems) complain(formatProblem(problem));
  const good = fail2ban.leftOut.length === 0 && problems.length === 0;
  if (options.dump !== undefined)
    for (const command of describeStream(running)) print(pythonRepr(command));
  if (!options.test) return good;
  if (!good) complain("ERROR: test configuration failed");
  else if (options.command.length === 0) print("OK: configuration test is successful");
  return good;
}
