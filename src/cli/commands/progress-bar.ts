import { basename } from "node:path";
import { safe } from "../terminal.ts";

const LARGE_FILE = 20_000_000;
const BAR_WIDTH = 30;

/** Creates a progress bar, shown on a terminal and for a large file only. undefined: no terminal. */
export function createProgressBar(
  path: string,
): ((progress: { bytes: number; total: number | undefined }) => void) | undefined {
  if (process.stderr.isTTY !== true) return undefined;
  let shown = -1;
  return ({ bytes, total }) => {
    if (total === undefined || total < LARGE_FILE) return;
    const percent = Math.floor((bytes / total) * 100);
    if (percent === shown) return;
    shown = percent;
    const filled = "#".repeat(Math.round((percent / 100) * BAR_WIDTH)).padEnd(BAR_WIDTH, ".");
    process.stderr.write(
      percent === 100 ? "\r\u001b[K" : `\r[${filled}] ${percent}% ${safe(basename(path))}`,
    );
  };
}
