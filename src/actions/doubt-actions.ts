/** Warns of actions that lack something on this host: a program, a file with a key, a directory. */
import { statSync } from "node:fs";
import type { Config, NamedAction } from "../config/config.ts";
import { locateKey } from "../config/locate-key.ts";
import { formatPlace } from "../domain/problem.ts";
import { findProgram } from "../host/process/find-program.ts";
import { readSecret } from "../host/read-secret.ts";
import type { PolicyDoubt } from "../jails/policy-doubts.ts";

/** Reads keys with the function that reads them for a report. */
export async function doubtActions({
  actions,
  files,
}: Pick<Config, "actions" | "files">): Promise<readonly PolicyDoubt[]> {
  const doubts: PolicyDoubt[] = [];
  for (const action of actions) {
    const local = [...missingPrograms(action), ...missingDirectory(action)];
    const faults = [...local, ...(await missingKey(action))];
    if (faults.length === 0) continue;
    const place = await locateKey(files, ["actions", action.name]);
    const at = place === undefined ? "" : `${formatPlace(place)}: `;
    for (const { reason, fix } of faults)
      doubts.push({ jail: null, doubt: `${at}action ${action.name}: ${reason}`, fix });
  }
  return doubts;
}

interface Fault {
  readonly reason: string;
  readonly fix: string;
}

function missingPrograms(action: NamedAction): readonly Fault[] {
  if (action.kind !== "command") return [];
  return (["ban", "unban"] as const).flatMap((key) => {
    const [program] = action[key] ?? [];
    if (program === undefined || findProgram(program) !== undefined) return [];
    return [
      {
        reason: `the program of "${key}", ${program}, was not found or is not executable`,
        fix: `install it, or correct "${key}"`,
      },
    ];
  });
}

function missingDirectory(action: NamedAction): readonly Fault[] {
  if (action.kind !== "xarf" || action.directory === undefined) return [];
  const { directory } = action;
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() === true) return [];
  return [{ reason: `${directory} is no directory`, fix: 'make it, or correct "directory"' }];
}

async function missingKey(action: NamedAction): Promise<readonly Fault[]> {
  if (!("key_file" in action) || action.key_file === undefined) return [];
  const read = await readSecret(action.key_file);
  return read.ok ? [] : [{ reason: read.error, fix: 'write the key there, or correct "key_file"' }];
}
