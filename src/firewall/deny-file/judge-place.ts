import { dirname, isAbsolute } from "node:path";
import { reasonOf } from "../../host/explain-system-error.ts";
import { findOtherWriter } from "../../host/other-writer.ts";
import type { Unusable } from "../nftables.ts";

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
