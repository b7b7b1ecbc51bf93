/** Finds texts that every match of a tree contains. Texts without them need not be searched. */
import { type RequiredTexts, requiredOfChoice } from "../required-texts.ts";
import { isEdge, type Node } from "./tree.ts";

/** Returns the longest required text; "": none is certain. */
export function requiredText(tree: Node): string {
  return longest(singleTexts(tree));
}

/** Returns for each alternative its longest required text that some other alternative does not require. */
export function tellingTexts(options: readonly Node[]): readonly string[] {
  const all = options.map(singleTexts);
  return all.map((texts) =>
    longest(texts.filter((text) => !all.every((others) => others.includes(text)))),
  );
}

function longest(texts: readonly string[]): string {
  return texts.reduce((best, text) => (text.length > best.length ? text : best), "");
}

function singleTexts(tree: Node): readonly string[] {
  return requiredTexts(tree).flatMap((list) => (list.length === 1 ? list : []));
}

export function requiredTexts(tree: Node): RequiredTexts {
  const found: (readonly string[])[] = [];
  let run = "";

  function flush(): void {
    if (run !== "") found.push([run]);
    run = "";
  }

  function visit(node: Node): void {
    if (isEdge(node)) return;
    switch (node.kind) {
      case "character":
        if (node.ignoreCase) flush();
        else run += String.fromCodePoint(node.code);
        break;
      case "sequence":
        for (const part of node.parts) visit(part);
        break;
      case "group":
      case "atomic":
        visit(node.part);
        break;
      case "repeat":
        flush();
        if (node.min > 0) visit(node.part);
        flush();
        break;
      case "choice":
        flush();
        found.push(...requiredOfChoice(node.options.map(requiredTexts)));
        break;
      case "any":
      case "set":
      case "look":
      case "back-reference":
      case "condition":
        flush();
        break;
    }
  }

  visit(tree);
  flush();
  return found;
}
