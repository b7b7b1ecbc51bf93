/** Reports a configuration file that users other than root can change, with a fix. */
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import type { Problem } from "../domain/problem.ts";
import { findOtherWriter } from "../host/other-writer.ts";

/**
 * Returns undefined if no other user can change it, it does not exist, or this process does not run as root. `planned`:
 * the file is about to be written, so the folder in which it would be created is checked if it does not exist.
 */
export function describeOtherWriter(
  path: string,
  state: "present" | "planned" = "present",
): Problem | undefined {
  const other = findOtherWriter(state === "planned" ? nearestExisting(path) : path);
  if (other === undefined) return undefined;
  const where = other.path === path ? "a file" : `a file below ${other.path}`;
  return {
    path,
    got: `${where} that ${other.who} may write`,
    expected: "files and folders that only root may write, since root runs what they say",
    hint: `${other.fix} ${other.path}`,
  };
}

function nearestExisting(path: string): string {
  const above = dirname(path);
  return existsSync(path) || above === path ? path : nearestExisting(above);
}
