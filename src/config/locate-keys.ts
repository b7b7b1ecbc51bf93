/**
 * Locates a key or value in a TOML text. Only needed for a text with a problem, so the parser with positions is loaded
 * on demand. Falls back to the position of the enclosing table.
 */
import type { AST } from "toml-eslint-parser";
import type { KeyPath, Mistake } from "./kinds/kind.ts";

/** Both from 1. The column counts UTF-16 units, as the Language Server Protocol does. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export type LocateKey = (path: KeyPath, at: Mistake["at"]) => Position | undefined;

interface Place {
  readonly key: Position;
  readonly value: Position;
}

type Places = Map<string, Place>;

export async function locateKeys(text: string): Promise<LocateKey> {
  const places: Places = new Map();
  try {
    const { parseTOML } = await import("toml-eslint-parser");
    for (const entry of parseTOML(text).body[0].body) {
      if (entry.type === "TOMLTable") addTable(places, entry);
      else addKeyValue(places, [], entry);
    }
  } catch {
    // The two parsers may disagree about rare TOML. The problem is then reported without a position.
  }
  return (path, at) => {
    const exact = places.get(JSON.stringify(path));
    if (exact !== undefined) return exact[at];
    for (let length = path.length - 1; length > 0; length--) {
      const outer = places.get(JSON.stringify(path.slice(0, length)));
      if (outer !== undefined) return outer.value;
    }
    return undefined;
  };
}

function addTable(places: Places, table: AST.TOMLTable): void {
  addKeys(places, [], table.key.keys, table);
  addSelf(places, table.resolvedKey, table.key, table);
  for (const entry of table.body) addKeyValue(places, table.resolvedKey, entry);
}

function addKeyValue(places: Places, outer: KeyPath, entry: AST.TOMLKeyValue): void {
  const path = addKeys(places, outer, entry.key.keys, entry.value);
  addValue(places, path, entry.value);
}

function addValue(places: Places, path: KeyPath, value: AST.TOMLContentNode): void {
  if (value.type === "TOMLInlineTable") {
    for (const entry of value.body) addKeyValue(places, path, entry);
  } else if (value.type === "TOMLArray") {
    for (const [i, element] of value.elements.entries()) {
      addSelf(places, [...path, i], element, element);
      addValue(places, [...path, i], element);
    }
  }
}

/** Adds the position of every part of a dotted key, such as "increment" in `increment.jitter = "5m"`. */
function addKeys(
  places: Places,
  outer: KeyPath,
  keys: readonly (AST.TOMLBare | AST.TOMLQuoted)[],
  value: AST.TOMLNode,
): KeyPath {
  let path = outer;
  for (const [i, key] of keys.entries()) {
    path = [...path, key.type === "TOMLBare" ? key.name : key.value];
    addSelf(places, path, key, i === keys.length - 1 && value.type !== "TOMLTable" ? value : key);
  }
  return path;
}

/** Keeps the position of the first mention of a table. */
function addSelf(places: Places, path: KeyPath, key: AST.TOMLNode, value: AST.TOMLNode): void {
  const id = JSON.stringify(path);
  if (!places.has(id)) places.set(id, { key: positionOf(key), value: positionOf(value) });
}

function positionOf(node: AST.TOMLNode): Position {
  const { line, column } = node.loc.start;
  return { line, column: column + 1 };
}
