/** The longest text that every match of a tree contains: what does not hold it need not be searched. Empty: none is certain. */
import type { Node } from "./tree.ts";

export function requiredText(tree: Node): string {
  let best = "";
  let run = "";

  function flush(): void {
    if (run.length > best.length) best = run;
    run = "";
  }

  function visit(node: Node): void {
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
      case "start":
      case "end":
      case "very-end":
      case "word-edge":
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
  return best;
}
