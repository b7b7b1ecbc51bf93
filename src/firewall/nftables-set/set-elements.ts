/** Holds the elements of one set as read: bailiff's, which carry its comment, and those of others. Pure. */
import { duration, type Duration } from "../../domain/duration.ts";
import { type Family, ipToBits, parseIp } from "../../domain/ip.ts";
import { parseSubject, type Subject, subjectRange } from "../../domain/cidr.ts";
import { isRecord } from "../../domain/json.ts";
import { definitionOf, listOf, type SetDefinition } from "./table-listing.ts";

/** The comment of bailiff's elements. Others are never changed or removed. */
export const COMMENT = "bailiff";

export interface SetElement {
  /** In nft's syntax: an address, a network or "FIRST-LAST". */
  readonly text: string;
  readonly first: bigint;
  readonly last: bigint;
  /** undefined: a range that is no network. */
  readonly subject: Subject | undefined;
  readonly isOurs: boolean;
  /** Time until the kernel removes it; undefined: never. */
  readonly left: Duration | undefined;
  readonly packets: number | undefined;
}

export interface SetState {
  readonly definition: SetDefinition;
  readonly family: Family;
  /** Sorted by address. They do not overlap. */
  readonly elements: readonly SetElement[];
  readonly ours: ReadonlyMap<Subject, SetElement>;
}

/** Reads the set of a listing; `family` is that of its addresses. */
export function readState(set: Readonly<Record<string, unknown>>, family: Family): SetState {
  const elements = listOf(set["elem"])
    .flatMap((one) => elementOf(one) ?? [])
    .sort((a, b) => (a.first < b.first ? -1 : 1));
  const ours = new Map(
    elements.flatMap((one) =>
      one.isOurs && one.subject !== undefined ? [[one.subject, one]] : [],
    ),
  );
  return { definition: definitionOf(set), family, elements, ours };
}

function elementOf(value: unknown): SetElement | undefined {
  const inner = isRecord(value) ? value["elem"] : undefined;
  const { val = value, comment, expires, counter } = isRecord(inner) ? inner : {};
  const range = rangeOf(val);
  if (range === undefined) return undefined;
  const packets = isRecord(counter) ? counter["packets"] : undefined;
  return {
    ...range,
    isOurs: comment === COMMENT && range.subject !== undefined,
    left: typeof expires === "number" ? duration(expires * 1000) : undefined,
    packets: typeof packets === "number" ? packets : undefined,
  };
}

/** Reads "192.0.2.1", { prefix: { addr, len } } or { range: [first, last] }. */
function rangeOf(
  value: unknown,
): Pick<SetElement, "text" | "first" | "last" | "subject"> | undefined {
  const { prefix, range } = isRecord(value) ? value : {};
  const text = isRecord(prefix)
    ? `${String(prefix["addr"])}/${String(prefix["len"])}`
    : String(value);
  const subject = parseSubject(text);
  if (subject !== undefined) return { text, subject, ...subjectRange(subject) };
  const [first, last] = listOf(range).map((one) => parseIp(String(one)));
  if (first === undefined || last === undefined) return undefined;
  const bounds = { first: ipToBits(first), last: ipToBits(last) };
  return { text: `${first}-${last}`, subject: undefined, ...bounds };
}

/** Returns the elements that share an address with a subject. */
export function overlapping(
  { elements }: Pick<SetState, "elements">,
  subject: Subject,
): readonly SetElement[] {
  const { first, last } = subjectRange(subject);
  let [low, high] = [0, elements.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((elements[middle]?.last ?? 0n) < first) low = middle + 1;
    else high = middle;
  }
  let end = low;
  while (end < elements.length && (elements[end]?.first ?? 0n) <= last) end++;
  return elements.slice(low, end);
}

export function covers(element: SetElement, subject: Subject): boolean {
  const { first, last } = subjectRange(subject);
  return element.first <= first && element.last >= last;
}
