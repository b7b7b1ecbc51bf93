/**
 * Splits a list of named fields into tokens for the miner, and a shape of such lists back into fields. Each field
 * begins with its name in quotes and a colon, which no token of a value can be: the miner takes a quoted text of a value
 * for a slot.
 */
import type { MinedShape } from "../message-miner.ts";
import { partsOfTemplate, slotOf, type Token, tokenize, type Tokens } from "../message-tokens.ts";
import type { ShapePiece } from "../shape-pattern.ts";

/** literal: a value without blanks whose every text is another shape. */
export type FieldKind = "address" | "name" | "text" | "literal";

export interface ListedField {
  readonly key: string;
  readonly kind: FieldKind;
  readonly value: string;
}

/** Names of fields that can be listed. */
const FIELD_KEY = /^[\w@$:/-]+(?:\.[\w@$:/-]+)*$/;
const MAX_KEY_LENGTH = 80;

export function isListable(key: string): boolean {
  return key.length <= MAX_KEY_LENGTH && FIELD_KEY.test(key);
}

/** Writes the list as one text, which the miner keeps as an example. */
export function formatFields(fields: readonly ListedField[]): string {
  return JSON.stringify(fields.map(({ key, kind, value }) => [key, kind, value]));
}

export function tokenizeFields(list: string): Tokens {
  const fields: readonly (readonly [string, FieldKind, string])[] = JSON.parse(list);
  const tokens = fields.flatMap(([key, kind, value]) => [
    constantToken(`"${key}":`),
    ...valueTokens(kind, value),
  ]);
  return { tokens, whole: true };
}

/** Returns a token that the miner never takes for a word that varies. */
function constantToken(template: string): Token {
  return { template, values: [], raw: "" };
}

function valueTokens(kind: FieldKind, value: string): readonly Token[] {
  switch (kind) {
    case "address":
      return [{ template: slotOf("ip"), values: [value], raw: value }];
    case "name":
      return [{ template: slotOf("user"), values: [value], raw: value }];
    case "literal":
      return [constantToken(value)];
    case "text": {
      const { tokens, whole } = tokenize(value);
      return whole ? tokens : [{ template: slotOf("text"), values: [value], raw: value }];
    }
  }
}

/** One field of a shape: its name, and where its value is in the shape. */
export interface FieldPiece extends ShapePiece {
  readonly key: string;
}

export function fieldPieces({ key }: Pick<MinedShape, "key">): readonly FieldPiece[] {
  const pieces: FieldPiece[] = [];
  let words: string[] = [];
  let name: string | undefined;
  let firstSlot = 0;
  const end = (): void => {
    const template = words.join(" ");
    if (name !== undefined) pieces.push({ key: name, template, firstSlot });
    firstSlot += partsOfTemplate(template).filter(({ kind }) => kind === "slot").length;
    words = [];
  };
  for (const word of key.split(" ")) {
    const opening = word.startsWith('"') && word.endsWith('":') ? word.slice(1, -2) : undefined;
    if (opening === undefined || !isListable(opening)) words.push(word);
    else {
      end();
      name = opening;
    }
  }
  end();
  return pieces;
}
