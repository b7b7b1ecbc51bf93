/** Reports a configuration file that users other than root can change, with a fix. */
import type { Problem } from "../domain/problem.ts";
import { findOtherWriter } from "../host/other-writer.ts";

/** Returns undefined if no other user can change it, or this process does not run as root. */
export function describeOtherWriter(path: string): Problem | undefined {
  const other = findOtherWriter(path);
  if (other === undefined) return undefined;
  const where = other.path === path ? "a file" : `a file below ${other.path}`;
  return {
    path,
    got: `${where} that ${other.who} may write`,
    expected: "files and folders that only root may write, since root runs what they say",
    hint: `${other.fix} ${other.path}`,
  };
}
