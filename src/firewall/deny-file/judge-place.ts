import { accessSync, constants, statSync } from "node:fs";
import { dirname, isAbsolute } from "node:path";
import { reasonOf } from "../../host/explain-system-error.ts";
import { findOtherWriter } from "../../host/other-writer.ts";
import type { Unusable } from "../nftables.ts";

/** Returns why no file can be made or replaced at the path; undefined: it can. */
export function judgeFolder(path: string): Unusable | undefined {
  const folder = dirname(path);
  const open = `let the service write there: "systemctl edit bailiff", with ReadWritePaths=${folder} under [Service], then "systemctl restart bailiff"`;
  try {
    if (statSync(folder, { throwIfNoEntry: false }) === undefined)
      return {
        reason: `the folder ${folder} is missing`,
        fix: `create it, so that only root can write to it, and ${open}`,
      };
    // A rename replaces the file, whatever its own mode is.
    accessSync(folder, constants.W_OK);
    return undefined;
  } catch (error) {
    return { reason: `cannot write ${path}: ${reasonOf(error)}`, fix: open };
  }
}

/** Returns why the path must not be used: another user could make bailiff write, or undo what it wrote. */
export function judgePlace(path: string): Unusable | undefined {
  if (!isAbsolute(path))
    return { reason: `${path} is not an absolute path`, fix: 'correct "path"' };
  try {
    const other = findOtherWriter(path) ?? findOtherWriter(dirname(path), "new-files");
    return other && { reason: `${other.who} can change ${other.path}`, fix: other.fix };
  } catch (error) {
    return { reason: `cannot look at ${path}: ${reasonOf(error)}`, fix: 'correct "path"' };
  }
}
