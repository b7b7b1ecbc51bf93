/** Bounds what clients who have not logged in can have written into the log. */
const MAX_LINES = 60;
const PERIOD_MS = 60_000;

/** Returns a log that writes at most MAX_LINES lines in PERIOD_MS, and then how many it left out. */
export function limitLog(
  log: (line: string) => void,
  uptime: () => number,
): (line: string) => void {
  let [began, written, left] = [uptime(), 0, 0];
  return (line) => {
    const now = uptime();
    if (now - began >= PERIOD_MS) {
      if (left > 0) log(`${left} more refusals were not logged`);
      [began, written, left] = [now, 0, 0];
    }
    if (written >= MAX_LINES) left++;
    else {
      written++;
      log(line);
    }
  };
}
