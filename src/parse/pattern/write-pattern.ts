/** Writes parts of a pattern as text from which `parsePattern` reads them again. Pure. */
import { defaultType, type FieldPart, type PatternPart } from "./pattern.ts";

export function writePattern(parts: readonly PatternPart[]): string {
  return parts.map((part) => writePart(part, "outside")).join("");
}

function writePart(part: PatternPart, where: "outside" | "in braces"): string {
  const write = (parts: readonly PatternPart[]): string =>
    parts.map((inner) => writePart(inner, "in braces")).join("");
  switch (part.kind) {
    case "literal":
      return where === "outside" ? part.text.replace(/[{}]/g, "$&$&") : escapeInBraces(part.text);
    case "field":
      return writeField(part);
    case "skip":
      return "{*}";
    case "optional": {
      const [only, ...more] = part.parts;
      // `{?a|b}` is an optional choice.
      const inside = only?.kind === "choice" && more.length === 0 ? only : undefined;
      return `{?${inside === undefined ? write(part.parts) : inside.branches.map(write).join("|")}}`;
    }
    case "choice":
      return `{${part.branches.map(write).join("|")}}`;
  }
}

function writeField({ name, type, stop }: FieldPart): string {
  if (type === "until" || type === "unescaped") return `{${name}:${type}=${escapeInBraces(stop)}}`;
  return type === defaultType(name) ? `{${name}}` : `{${name}:${type}}`;
}

function escapeInBraces(text: string): string {
  return text.replace(/[{}|]/g, (char) => (char === "{" ? "{{" : `{${char}}`));
}
