/** Parses the output of `ipset list -t` and `ipset save` (ipset(8)). Pure. */
import { parseSubject, type Subject } from "../../domain/cidr.ts";
import { type Duration, duration } from "../../domain/duration.ts";

export interface SetHeader {
  readonly name: string;
  readonly type: string;
  /** "family inet hashsize 1024 maxelem 65536 timeout 0 counters". */
  readonly header: string;
  /** Number of elements, including some that just ended; undefined: this version does not say. */
  readonly entries: number | undefined;
}

export interface SetMember {
  readonly subject: Subject;
  readonly packets: number;
  /** undefined: permanent. */
  readonly left: Duration | undefined;
  /** Whether it is an exception from a wider element ("nomatch"). */
  readonly isExcluded: boolean;
}

export function parseHeaders(output: string): readonly SetHeader[] {
  return output.split(/\n(?=Name: )/).flatMap((text) => {
    const field = (name: string): string | undefined =>
      text
        .split("\n")
        .find((line) => line.startsWith(`${name}: `))
        ?.slice(name.length + 2);
    const [name, type, header] = [field("Name"), field("Type"), field("Header")];
    const entries = field("Number of entries");
    if (name === undefined || type === undefined || header === undefined) return [];
    return [{ name, type, header, entries: entries === undefined ? undefined : Number(entries) }];
  });
}

const MEMBER =
  /^add (\S+) (\S+)(?: timeout (\d+))?( nomatch)?(?: packets (\d+) bytes \d+)?(?: comment ".*")?$/;

/** Parses a line of `ipset save`; undefined: it is no line about this set. */
export function parseMember(line: string, set: string): SetMember | "header" | undefined {
  if (line.startsWith(`create ${set} `)) return "header";
  const [, name, text = "", timeout = "0", nomatch, packets = "0"] = MEMBER.exec(line) ?? [];
  const subject = parseSubject(text);
  if (name !== set || subject === undefined) return undefined;
  return {
    subject,
    packets: Number(packets),
    left: timeout === "0" ? undefined : duration(Number(timeout) * 1000),
    isExcluded: nomatch !== undefined,
  };
}
