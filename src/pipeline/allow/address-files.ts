/**
 * Reads addresses and networks that files list for ignoreip ("file:/path"), separated by spaces or commas, with
 * comments after "#" or ";". Reads a file again when it changes; one that becomes unreadable keeps its last content.
 */
import { reasonOf } from "../../host/explain-system-error.ts";
import { readFileSync, statSync } from "node:fs";
import { parseSubject, type Subject } from "../../domain/cidr.ts";
import type { Emit } from "../../telemetry/events.ts";

export interface AddressFiles {
  /** Returns the current content of the file. */
  of(path: string): readonly Subject[];
  /** Returns why the file last contained no address; undefined: it contained one. */
  emptinessOf(path: string): string | undefined;
}

interface ReadFile {
  /** A text that changes with every change of the file; for an unreadable one, the reason. */
  readonly stamp: string;
  readonly subjects: readonly Subject[];
  /** Why the file cannot be read. */
  readonly failure?: string;
}

const NO_ADDRESS = "it lists no address";
const MAX_BYTES = 16 * 2 ** 20;

export function createAddressFiles(emit: Emit): AddressFiles {
  const files = new Map<string, ReadFile>();

  function read(path: string, known: ReadFile | undefined): ReadFile {
    try {
      const { mtimeMs, ino, size } = statSync(path);
      const stamp = `${mtimeMs} ${ino} ${size}`;
      if (known?.stamp === stamp) return known;
      if (size > MAX_BYTES) throw new Error(`it is larger than ${MAX_BYTES} bytes`);
      const words = wordsOf(readFileSync(path, "utf8"));
      const wrong = words.find((word) => parseSubject(word) === undefined);
      if (wrong !== undefined)
        report(path, `"${wrong.slice(0, 100)}" is not a valid address or network`);
      return { stamp, subjects: words.flatMap((word) => parseSubject(word) ?? []) };
    } catch (error) {
      const reason = reasonOf(error);
      if (known?.stamp !== reason) report(path, reason);
      return { stamp: reason, subjects: known?.subjects ?? [], failure: reason };
    }
  }

  function report(path: string, reason: string): void {
    emit({ event: "name-unresolved", name: `file:${path}`, reason, last_answer_at: undefined });
  }

  return {
    of(path) {
      const now = read(path, files.get(path));
      files.set(path, now);
      return now.subjects;
    },
    emptinessOf(path) {
      const known = files.get(path);
      if (known === undefined || known.subjects.length > 0) return undefined;
      return known.failure ?? NO_ADDRESS;
    },
  };
}

function wordsOf(text: string): readonly string[] {
  const lines = text.split("\n").map((line) => line.replace(/(?:^|\s)[#;].*$/, ""));
  return lines.flatMap((line) => line.split(/[\s,]+/)).filter((word) => word !== "");
}
