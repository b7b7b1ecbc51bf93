/** Lists the texts with which every match begins, for an expression anchored at the start of its text. */
import { casesOf } from "./character-classes.ts";
import type { Node } from "./tree.ts";

const MAX_TEXTS = 48;
const MAX_LENGTH = 40;

/** The texts of all alternatives so far, and whether they can be extended further. */
interface Ways {
  readonly texts: readonly string[];
  readonly isOpen: boolean;
}

/** Returns undefined if there are too many, or the beginning is not known. */
export function openingTexts(tree: Node): readonly string[] | undefined {
  const { texts } = extend({ texts: [""], isOpen: true }, tree);
  return texts.some((text) => text === "") ? undefined : [...new Set(texts)];
}

function extend(ways: Ways, node: Node): Ways {
  if (!ways.isOpen) return ways;
  switch (node.kind) {
    case "character": {
      const cases = node.ignoreCase ? casesOf(node.code) : [node.code];
      return append(ways, { texts: cases.map((code) => String.fromCodePoint(code)), isOpen: true });
    }
    case "set":
      return append(ways, { texts: listed(node) ?? [""], isOpen: listed(node) !== undefined });
    case "sequence":
      return node.parts.reduce(extend, ways);
    case "group":
      return extend(ways, node.part);
    case "choice": {
      const options = node.options.map((option) => extend({ texts: [""], isOpen: true }, option));
      const texts = options.flatMap((option) => option.texts);
      return append(ways, { texts, isOpen: options.every(({ isOpen }) => isOpen) });
    }
    case "repeat": {
      if (node.min === 1 && node.max === 1) return extend(ways, node.part);
      if (node.min === 0 && node.max === 1) {
        const { texts, isOpen } = extend({ texts: [""], isOpen: true }, node.part);
        return append(ways, { texts: [...texts, ""], isOpen });
      }
      // An iteration is certain, so its beginning is known; the rest is not.
      return node.min > 0 ? close(extend(ways, node.part)) : close(ways);
    }
    case "start":
    case "word-edge":
    case "look":
      return ways;
    case "any":
    case "end":
    case "very-end":
    case "atomic":
    case "back-reference":
    case "condition":
      return close(ways);
  }
}

function append(ways: Ways, more: Ways): Ways {
  const { texts } = ways;
  if (texts.length * more.texts.length > MAX_TEXTS) return close(ways);
  const longer = texts.flatMap((text) => more.texts.map((one) => text + one));
  const isOpen = more.isOpen && longer.every((text) => text.length < MAX_LENGTH);
  return { texts: longer, isOpen };
}

function close({ texts }: Ways): Ways {
  return { texts, isOpen: false };
}

/** Lists all characters of a small set. */
function listed({ negated, items, ignoreCase }: Node & { kind: "set" }): string[] | undefined {
  if (negated) return undefined;
  const texts: string[] = [];
  for (const item of items) {
    if (item.kind === "class" || item.to - item.from > 3) return undefined;
    for (let code = item.from; code <= item.to; code++)
      for (const one of ignoreCase ? casesOf(code) : [code]) texts.push(String.fromCodePoint(one));
  }
  return texts;
}
