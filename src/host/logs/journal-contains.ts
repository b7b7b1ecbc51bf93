/** Checks whether the journal contains a line. Starts journalctl, so use it rarely. */
import { findProgram } from "../process/find-program.ts";
import { runProgram } from "../process/run-program.ts";

export interface JournalQuestion {
  /** The program name of the line. */
  readonly tag: string;
  readonly text: string;
  /** A folder of journal files other than the system's. */
  readonly directory: string | undefined;
}

const TIMEOUT_MS = 5000;

/** Searches the last hundred lines of that program. */
export async function journalContains({ tag, text, directory }: JournalQuestion): Promise<boolean> {
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
