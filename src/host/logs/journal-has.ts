/** Whether the journal holds a line; runs journalctl, so it is for rare questions. */
import { findProgram } from "../process/find-program.ts";
import { runProgram } from "../process/run-program.ts";

export interface JournalQuestion {
  /** The program's name in the line. */
  readonly tag: string;
  readonly text: string;
  /** Journal files in a folder other than the system's. */
  readonly directory: string | undefined;
}

const TIMEOUT_MS = 5000;

/** Among the last hundred lines of that name. */
export async function journalHas({ tag, text, directory }: JournalQuestion): Promise<boolean> {
  const journalctl = findProgram("journalctl");
  if (journalctl === undefined) return false;
  const { output } = await runProgram({
    argv: [
      journalctl,
      "--output=cat",
      "--lines=100",
      "--quiet",
      "--no-pager",
      `--identifier=${tag}`,
      ...(directory === undefined ? [] : [`--directory=${directory}`]),
    ],
    input: "",
    timeoutMilliseconds: TIMEOUT_MS,
  });
  return output.includes(text);
}
