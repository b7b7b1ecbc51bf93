/** A part of the benchmark that can run alone (--only NAME) and gives rows of the table. */
import type { Figure } from "./figure.ts";

export interface Setting {
  /** Fewer lines, samples and rounds: for a look, not for the record. */
  readonly quick: boolean;
  /** For files of this run; removed afterwards. */
  readonly folder: string;
  /** Shows the user what is happening. */
  readonly say: (text: string) => void;
}

export type Section = (setting: Setting) => Promise<readonly Figure[]>;
