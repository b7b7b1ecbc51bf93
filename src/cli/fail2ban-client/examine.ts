/** -d and -t: what the files of a fail2ban directory say, and whether they can be understood. */
import { formatProblem } from "../../domain/problem.ts";
import { describeStream } from "../../fail2ban/describe-stream.ts";
import { pythonRepr } from "../../fail2ban/python-text.ts";
import type { ClientOptions } from "./options.ts";
import { complain, print } from "./output.ts";
import { readForeign } from "./read-foreign.ts";

/** Whether nothing is wrong. */
export function examine(options: ClientOptions): boolean {
  const foreign = readForeign(options);
  if (foreign === undefined) return false;
  const enabled = foreign.jails.filter((jail) => jail.enabled);
  const problems = [...foreign.problems, ...enabled.flatMap((jail) => jail.problems)];
  for (const problem of problems) complain(formatProblem(problem));
  if (options.dump !== undefined)
    for (const command of describeStream(foreign)) print(pythonRepr(command));
  if (!options.test) return problems.length === 0;
  if (problems.length > 0) complain("ERROR: test configuration failed");
  else if (options.command.length === 0) print("OK: configuration test is successful");
  return problems.length === 0;
}
