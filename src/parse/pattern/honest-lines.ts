/** Lines as a service writes them for clients that mean no harm: every way through a pattern, with plain values. */
import type { FieldPart, PatternPart } from "./pattern.ts";

/** Values that no pattern names: as the service itself could write them, in some forms of each field. */
const PLAIN: readonly Readonly<Record<FieldPart["type"], string>>[] = [
  {
    ip: "192.0.2.77",
    host: "192.0.2.77",
    word: "q7x",
    int: "4242",
    text: "q7x",
    name: "q7x",
    quoted: "q7x",
  },
  {
    // The number is too long for a group of an IPv6 address.
    ...{
      ip: "2001:db8::77",
      host: "q7x.example",
      word: "/q7x-y",
      int: "40177",
      text: "q7x, zq 8v",
    },
    ...{ name: "zq 8v", quoted: "zq 8v" },
  },
  // What is free to hold a colon, a quote or blanks does.
  {
    ...{ ip: "::ffff:192.0.2.77", host: "2001:db8::77", word: "q7x:y", int: "17" },
    ...{ text: ' q7x: "zq" 8v ', name: " zq  8v,", quoted: "zq: 8v" },
  },
];

/** Lines of every way through a pattern, with nobody's text in them. */
export function honestLines(parts: readonly PatternPart[]): readonly string[] {
  return PLAIN.flatMap((values) => plainLines(parts, values));
}

function plainLines(
  parts: readonly PatternPart[],
  values: Readonly<Record<FieldPart["type"], string>>,
): readonly string[] {
  let lines: readonly string[] = [""];
  for (const part of parts) {
    const ways = plainWays(part, values);
    lines = lines.flatMap((line) => ways.map((way) => line + way)).slice(0, MAX_PATHS);
  }
  return lines;
}

function plainWays(
  part: PatternPart,
  values: Readonly<Record<FieldPart["type"], string>>,
): readonly string[] {
  switch (part.kind) {
    case "literal":
      return [part.text];
    case "skip":
      return ["", ` ${values.text}`, values.text];
    case "field":
      return [part.type === "quoted" ? `"${values.quoted}"` : values[part.type]];
    case "optional":
      return [...plainLines(part.parts, values), ""];
    case "choice":
      return part.branches.flatMap((branch) => plainLines(branch, values));
  }
}

const MAX_PATHS = 64;
