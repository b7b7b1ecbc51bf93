import type { Happening, JailPolicy } from "../happenings.ts";

type Forged = Extract<Happening, { kind: "forged" }>;

const MAX_LINES = 1_000;

/**
 * Remembers lines that another program wrote to a log which does not show it: a jail that moves there reads them too, as
 * far as they came after the last line that it read. Bounded to the newest.
 */
export class ForgedLines {
  #lines: { readonly line: Forged; readonly readBy: Set<string> }[] = [];

  note(line: Forged): void {
    if (line.writerIsKnown) return;
    this.#lines = [...this.#lines, { line, readBy: new Set<string>() }].slice(-MAX_LINES);
  }

  /** Returns the lines that the jail can read now and could not before. */
  take({ name, service, source }: JailPolicy): readonly Forged[] {
    const fresh = this.#lines.filter(
      ({ line, readBy }) =>
        line.service === service &&
        (source === "auto" || line.source === source) &&
        !readBy.has(name),
    );
    for (const { readBy } of fresh) readBy.add(name);
    return fresh.map(({ line }) => line);
  }
}
