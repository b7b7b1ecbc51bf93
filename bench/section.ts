/** Defines a section of the benchmark. It can run alone (--only NAME) and returns rows of the table. */
import type { Figure } from "./figure.ts";

export interface Setting {
  /** Uses fewer lines, samples and rounds; not for recorded figures. */
  readonly quick: boolean;
  /** Directory for files of this run; removed afterwards. */
  readonly folder: string;
  /** Paths of the caller's own logs of sshd. */
  readonly logs: readonly string[];
  /** Shows progress to the user. */
  readonly say: (text: string) => void;
}

export type Section = (setting: Setting) => Promise<readonly Figure[]>;
