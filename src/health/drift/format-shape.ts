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

/** A shape's key as people read it: "Failed password for <name> from <address> port <number>". */
export function formatShape(key: string): string {
  return partsOfTemplate(key)
    .map((part) => (part.kind === "text" ? part.text : SAID[part.is]))
    .join("");
}
