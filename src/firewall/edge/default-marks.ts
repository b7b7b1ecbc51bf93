/** Derives the mark of this host's entries. Pure. */
import { createHash } from "node:crypto";

export interface MarkedHost {
  readonly name: string;
  /** machine-id(5); undefined: unknown. */
  readonly machineId: string | undefined;
}

/** The beginning of each mark. */
export const MARK = "bailiff";
const MAX_NAME_LENGTH = 40;
const SUFFIX_LENGTH = 8;

/**
 * Returns the marks of a host's entries: the one that new entries get, then those of earlier releases. Two hosts may
 * have the same name, so the machine ID distinguishes them; it is hashed, as machine-id(5) asks.
 */
export function defaultMarks({ name, machineId }: MarkedHost): readonly string[] {
  const former = `${MARK} ${name}`;
  if (machineId === undefined) return [former];
  const hash = createHash("sha256").update(`bailiff edge mark ${machineId}`).digest("hex");
  const mark = `${MARK} ${name.slice(0, MAX_NAME_LENGTH)} ${hash.slice(0, SUFFIX_LENGTH)}`;
  return [mark, former];
}
