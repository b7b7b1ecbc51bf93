import { partsOfTemplate, type SlotKind } from "./message-tokens.ts";

const SAID: { readonly [kind in SlotKind]: string } = {
  ip: "<address>",
  int: "<number>",
  word: "<word>",
  user: "<name>",
  quoted: '"<text>"',
  text: "<text>",
  path: "<path>",
  hex: "<hex>",
  rest: "…",
};

/** Formats a shape's key for people: "Failed password for <name> from <address> port <number>". */
export function formatShape(key: string): string {
  return partsOfTemplate(key)
    .map((part) => (part.kind === "text" ? part.text : SAID[part.is]))
    .join("");
}
