import { readFileSync } from "node:fs";

const MACHINE_ID = "/etc/machine-id";

/** Reads the machine ID (machine-id(5)). undefined: unknown, for example before the first boot of an image. */
export function machineId(): string | undefined {
  try {
    const text = readFileSync(MACHINE_ID, "utf8").trim();
    return /^[0-9a-f]{32}$/.test(text) ? text : undefined;
  } catch {
    // Systems without the file have no journals of other machines either.
    return undefined;
  }
}
