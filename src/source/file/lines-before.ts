/**
 * Reads the text before the lines last taken from a file. It shows whether a line is complete or the rest of another.
 */
import { realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import type { LinesBefore } from "../../domain/line-batch.ts";
import { takeLines } from "../take-lines.ts";
import type { LogFile } from "./log-file.ts";
import { isRotatedName } from "./rotated-name.ts";
import { listNames } from "../../host/read-or-empty.ts";

const LOOK_BACK_BYTES = 262_144;

/**
 * Reads the text. `opening`: whether the log begins with this file. A file that succeeds another may begin with the
 * rest of a line.
 */
export function linesBefore(file: LogFile, opening: "begins" | "unknown"): LinesBefore {
  const { takenFrom } = file;
  const from = Math.max(0, takenFrom - LOOK_BACK_BYTES);
  const bytes = file.read(from, takenFrom - from);
  const lines = bytes.subarray(from === 0 ? 0 : bytes.indexOf(10) + 1);
  const text = takeLines(lines, lines.length)?.text ?? "";
  return { text, isAll: from === 0 && opening === "begins" && !hasRotated(file.path) };
}

/** Returns whether a rotated file with an earlier part of the log exists. */
function hasRotated(path: string): boolean {
  const real = resolveLink(path);
  const folder = dirname(real);
  return listNames(folder).some((name) => isRotatedName(join(folder, name), real));
}

function resolveLink(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // The name no longer exists.
    return path;
  }
}
