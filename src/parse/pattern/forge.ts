/**
 * Forges lines as a hostile client would make a service write them. Fills a pattern with honest values, then replaces
 * each text that the client controls (free text, names, quoted text) with forged copies of the rest of the line that
 * contain another address. Returns lines with their true peer.
 */
import { coverPairs } from "./cover-pairs.ts";
import { OWN_WORDS } from "./check-short.ts";
import type { FieldPart, PatternPart } from "./pattern.ts";

export interface Forgery {
  readonly line: string;
  /** The address that the service itself wrote. */
  readonly truth: string;
  /** The text that the client chose, as the rule names it. */
  readonly field: string;
}

export const TRUTH = "192.0.2.77";
/** A host name next to an address. It looks like an address whose owner is innocent. */
const NAMED = "198.51.100.78";
/** The address that the forged lines accuse. */
export const VICTIM = "203.0.113.9";
/** The victim's address in samples of IPv6 clients, because some services write the family of the address beside it. */
const VICTIM6 = "2001:db8::bad";

/** Returns the victim's address of the same family. */
export function victimLike(ip: string): string {
  return ip.includes(":") ? VICTIM6 : VICTIM;
}

export interface ForgeOptions {
  /** Whether a client may also choose a word, which contains no space. */
  readonly words?: "own" | "chosen";
  /** Texts that the client writes, instead of copies of the line. */
  readonly texts?: readonly string[];
  /** Returns whether no text that a client writes behind this beginning of a line can change whom the filter accuses. */
  readonly isProven?: (beginning: string) => boolean;
  /** Whether the first alternative is forged even where that is proven, since lines also show where messages begin. */
  readonly isFirst?: boolean;
}

const HONEST: Readonly<Record<FieldPart["type"], string>> = {
  ip: TRUTH,
  endpoint: TRUTH,
  host: TRUTH,
  word: "word",
  int: "4242",
  text: "root",
  name: "root",
  quoted: '"root"',
  short: "root",
  until: "root",
  unescaped: "root",
};

/** One alternative of a pattern, flattened. */
type Piece =
  | { readonly kind: "fixed"; readonly text: string }
  | { readonly kind: "peer"; readonly by: "ip" | "host" | "forwarded"; readonly isQuoted?: boolean }
  /** A name of the peer, chosen by the owner of its address, which is also in the line. */
  | { readonly kind: "name" }
  | { readonly kind: "word"; readonly field: string }
  | {
      readonly kind: "free";
      readonly type: FreeType;
      readonly stop: string;
      readonly field: string;
    };

type FreeType = (typeof FREE_TYPES)[number];
const FREE_TYPES = ["text", "name", "quoted", "until", "unescaped"] as const;

/** Forges lines of patterns that identify a peer; with `texts`, of all patterns. */
export function forge(
  parts: readonly PatternPart[],
  { texts, ...options }: ForgeOptions = {},
): readonly Forgery[] {
  const { isProven: _, ...untold } = options;
  const first = options.isFirst === true ? untold : options;
  const pairs = pathsOf(parts, coverPairs).map(withName);
  const forgeAll = (paths: readonly Path[], textsAt: TextsAt): readonly Forgery[] =>
    paths.flatMap((path, i) => forgePath(path, textsAt, i === 0 ? first : options));
  if (texts !== undefined) return forgeAll(pairs, () => texts);
  // The variants of a copy differ little, and are many.
  const each = pathsOf(parts, coverEach).map(withName);
  return [
    ...forgeAll(pairs.filter(hasPeer), copiesOf),
    ...forgeAll(each.filter(hasPeer), variantsOf),
  ];
}

type Path = readonly Piece[];
type TextsAt = (path: Path, at: number) => readonly string[];

function hasPeer(path: Path): boolean {
  return path.some(({ kind }) => kind === "peer");
}

/** Writes each of the texts into each piece that the client controls. */
function forgePath(
  path: Path,
  textsAt: TextsAt,
  { words = "own", isProven }: Omit<ForgeOptions, "texts">,
): readonly Forgery[] {
  return path.flatMap((piece, at) => {
    if (!isForged(piece, words)) return [];
    const before = render(path.slice(0, at), TRUTH);
    if (isProven?.(before) === true) return [];
    const after = render(path.slice(at + 1), TRUTH);
    const isBehind = hasPeer(path.slice(0, at));
    const spelled = textsAt(path, at).flatMap((text) => spellings(piece, text, isBehind));
    const field = piece.kind === "name" ? "{host}" : piece.field;
    return Array.from(new Set(spelled), (text) => ({
      ...{ line: before + text + after, truth: TRUTH, field },
    }));
  });
}

/** Returns the line of an honest client, for the first alternative of the pattern. */
export function honestLine(parts: readonly PatternPart[]): string {
  return render(pathsOf(parts, coverEach)[0] ?? [], TRUTH);
}

type ClientPiece = Extract<Piece, { readonly kind: "free" | "name" | "word" }>;

function isForged(piece: Piece, words: "own" | "chosen"): piece is ClientPiece {
  const { kind } = piece;
  return kind === "free" || kind === "name" || (kind === "word" && words === "chosen");
}

/** Treats the host only as a name if the line also has the address. */
function withName(path: Path): readonly Piece[] {
  const isAddress = path.some((piece) => piece.kind === "peer" && piece.by === "ip");
  return path.map((piece) =>
    isAddress && piece.kind === "peer" && piece.by === "host" ? { kind: "name" } : piece,
  );
}

const MAX_PATHS = 256;

type Cover = typeof coverPairs;

/** Returns paths that contain the alternatives, of optionals and choices anywhere in the pattern, as `cover` says. */
function pathsOf(parts: readonly PatternPart[], cover: Cover): readonly Path[] {
  const ways = parts.map((part) => waysOf(part, cover));
  const sizes = ways.map(({ length }) => length);
  return cover(sizes, MAX_PATHS).map((chosen) =>
    ways.flatMap((of, part) => of[chosen[part] ?? 0] ?? []),
  );
}

/** Each alternative is in a path, with any others. */
function coverEach(sizes: readonly number[], limit: number): ReturnType<Cover> {
  const length = Math.min(limit, Math.max(1, ...sizes));
  return Array.from({ length }, (_, n) => sizes.map((size) => n % size));
}

function waysOf(part: PatternPart, cover: Cover): readonly Path[] {
  switch (part.kind) {
    case "literal":
      return [[{ kind: "fixed", text: part.text }]];
    case "skip":
      return [[{ kind: "free", type: "text", stop: "", field: "{*}" }]];
    case "optional":
      return [...pathsOf(part.parts, cover), []];
    case "choice":
      return part.branches.flatMap((branch) => pathsOf(branch, cover));
    case "field":
      return [[fieldPiece(part)]];
  }
}

function fieldPiece({ name, type, stop }: FieldPart): Piece {
  if (name === "ip" || name === "host") return { kind: "peer", by: name };
  if (name === "forwarded") return { kind: "peer", by: name, isQuoted: type === "quoted" };
  if (name === OWN_WORDS) return { kind: "fixed", text: "some reason" };
  const field = `{${name}}`;
  // A client may write the text at which short text ends.
  if (type === "short") return { kind: "free", type: "text", stop: "", field };
  const free = FREE_TYPES.find((one) => one === type);
  if (free !== undefined) return { kind: "free", type: free, stop, field };
  return type === "word" ? { kind: "word", field } : { kind: "fixed", text: HONEST[type] };
}

function render(pieces: readonly Piece[], peer: string): string {
  return pieces.map((piece) => honest(piece, peer)).join("");
}

/**
 * Returns the text as services may write it. Behind the address a field that ends at a blank gets blanks too: services escape
 * quotes and brackets, but no blanks, and free text in front of the address could reach into it.
 */
function spellings(piece: ClientPiece, text: string, isBehind: boolean): readonly string[] {
  const short = written(piece, text);
  if (!isBehind || piece.kind !== "free" || !/^(?:until|unescaped)$/.test(piece.type))
    return [short];
  return [short, written({ ...piece, stop: piece.stop.replace(" ", "") }, text)];
}

function written(piece: ClientPiece, text: string): string {
  return piece.kind === "free" ? spell(piece, text) : text.replaceAll(" ", "") || "x";
}

function honest(piece: Piece, peer: string): string {
  switch (piece.kind) {
    case "fixed":
      return piece.text;
    case "peer":
      return piece.isQuoted === true ? `"${peer}"` : peer;
    case "name":
      return NAMED;
    case "word":
      return HONEST.word;
    case "free":
      return spell(piece, "root");
  }
}

/** Spells text as services do: they escape quotes inside quotes, and a name ends at its first colon. */
function spell(
  { type, stop }: { readonly type: FreeType; readonly stop: string },
  text: string,
): string {
  switch (type) {
    case "text":
      return text;
    case "name":
      return text.replace(/:.*$/s, "");
    case "until":
      return without(text, stop) || "x";
    case "unescaped":
      return escapeQuotes(without(text, stop.replace('"', "")));
    case "quoted":
      return `"${escapeQuotes(text)}"`;
  }
}

function escapeQuotes(text: string): string {
  return text.replace(/["\\]/g, "\\$&");
}

function without(text: string, chars: string): string {
  let rest = text;
  for (const char of chars) rest = rest.replaceAll(char, "");
  return rest;
}

/** Returns forged copies of the text before and after, whole and in part, nested as deeply as a client would try. */
function copiesOf(path: Path, at: number): readonly string[] {
  const after = render(path.slice(at + 1), VICTIM);
  const whole = render(path, VICTIM);
  const upToPeer = path.findIndex(({ kind }, i) => i > at && kind === "peer");
  const tail = upToPeer < 0 ? after : render(path.slice(at + 1, upToPeer + 1), VICTIM);
  const copies = [
    after,
    tail,
    whole,
    `root${after}`,
    `root${tail}`,
    `root${after}${after}`,
    `root${tail} `,
    `${whole} ${whole}`,
    VICTIM,
    ` ${VICTIM}`,
    `x ${VICTIM} x`,
  ];
  return copies.map((text) => text.replaceAll("\n", "\\n"));
}

/** Returns whether a text is behind the address and cannot end its quotes, so that plain copies show what it can do. */
function isEnclosed(path: Path, at: number): boolean {
  const piece = path[at];
  return piece?.kind === "free" && piece.type === "unescaped" && hasPeer(path.slice(0, at));
}

/** Returns the copies behind a line break, in quotes, and before and behind what a service adds. */
function variantsOf(path: Path, at: number): readonly string[] {
  if (isEnclosed(path, at)) return [];
  return copiesOf(path, at).flatMap((text) => [
    `\\n${text}`,
    `"${text}`,
    `'${text}`,
    `"${text}"`,
    `'${text}'`,
    `\\"${text}`,
    `${text} [preauth]`,
    `x: ${text}`,
  ]);
}
