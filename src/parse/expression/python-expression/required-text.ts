/** Finds texts that every match of a tree contains. Texts without them need not be searched. */
import { isEdge, type Node } from "./tree.ts";

/** Returns the longest required text; "": none is certain. */
export function requiredText(tree: Node): string {
  return longest(requiredTexts(tree));
}

/** Returns for each alternative its longest required text that some other alternative does not require. */
export function tellingTexts(options: readonly Node[]): readonly string[] {
  const all = options.map(requiredTexts);
  return all.map((texts) =>
    longest(texts.filter((text) => !all.every((others) => others.includes(text)))),
  );
}

function longest(texts: readonly string[]): string {
  return texts.reduce((best, text) => (text.length > best.length ? text : best), "");
}

function requiredTexts(tree: Node): readonly string[] {
  const found: string[] = [];
  let run = "";

  function flush(): void {
    if (run !== "") found.push(run);
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
      case "any":
      case "set":
      case "choice":
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
