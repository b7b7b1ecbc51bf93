/**
 * Reads one entry of ignoreip: an address, a network, a host name or a file. Names are resolved and files are read
 * while the daemon runs.
 */
import { explainZone, hasHostBits, parseSubject, type Subject } from "../../domain/cidr.ts";
import { fail, ok } from "../../domain/result.ts";
import { describeValue } from "./describe-value.ts";
import { type Kind, mistake } from "./kind.ts";
import { readList } from "../read-list.ts";

export type IgnoreEntry =
  | {
      readonly kind: "subject";
      readonly subject: Subject;
      /** The text as written, if its address has bits set outside the prefix. */
      readonly written?: string;
      /** The entry is of the default, and no file contains it. */
      readonly isDefault?: true;
    }
  | { readonly kind: "name"; readonly name: string }
  /** "file:/path": a file that lists addresses and networks. */
  | { readonly kind: "file"; readonly path: string };

const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;

/**
 * Parses an entry. A name whose last part is a number is a mistyped address, never a host name (RFC 3696, section 2).
 */
export function parseIgnoreEntry(text: string): IgnoreEntry | undefined {
  const subject = parseSubject(text);
  if (subject !== undefined)
    return { kind: "subject", subject, ...(hasHostBits(text) ? { written: text } : {}) };
  const path = /^file:(?:\/\/)?(\/[^\0\n]*)$/.exec(text)?.[1];
  if (path !== undefined) return { kind: "file", path };
  const name = text.toLowerCase().replace(/\.$/, "");
  const labels = name.split(".");
  const fits = name.length <= 253 && labels.every((label) => LABEL.test(label));
  return fits && !/^\d+$/.test(labels.at(-1) ?? "") ? { kind: "name", name } : undefined;
}

export function formatIgnoreEntry(entry: IgnoreEntry): string {
  switch (entry.kind) {
    case "subject":
      return entry.subject;
    case "name":
      return entry.name;
    case "file":
      return `file:${entry.path}`;
  }
}

const ENTRY = 'an address, a network such as "192.0.2.0/24", a host name or file:/path';

export const ignoreListKind: Kind<readonly IgnoreEntry[]> = {
  describe: () => `a list of addresses, networks and host names such as ["192.0.2.0/24", "::1"]`,
  read(value, limits) {
    const isDefault = value === limits.default;
    return readList(value, {
      expected: this.describe(limits),
      least: 0,
      readOne(text) {
        const entry = typeof text === "string" ? parseIgnoreEntry(text) : undefined;
        return entry === undefined
          ? fail(mistake(describeValue(text), ENTRY, suggest(text)))
          : ok(isDefault && entry.kind === "subject" ? { ...entry, isDefault } : entry);
      },
    });
  },
};

function suggest(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  if (/[\s,]/.test(value.trim())) return "write each as a separate entry";
  if (value !== value.trim()) return "remove the blanks around it";
  if (/\/\d+\.\d+\.\d+\.\d+$/.test(value)) return 'write the prefix length, such as "/24"';
  const zone = explainZone(value);
  if (zone !== undefined) return zone;
  if (/^[\d./]+$/.test(value)) return "this is not a valid IPv4 address or network";
  return undefined;
}
