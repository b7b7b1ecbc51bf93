/**
 * Splits a message into words, and replaces what varies in them by typed slots: "[192.0.2.7]:22" becomes
 * "[<ip>]:<int>". In a template a slot is two characters: a mark that no log line contains, and the letter of its kind.
 * So no text of a client can look like a slot. Bounded by MAX_MESSAGE and MAX_TOKENS; one pass over the message.
 */
import { parseIp } from "../../domain/ip.ts";
import { isDigitCode } from "../../parse/characters.ts";
import { MAX_MESSAGE } from "./message-bound.ts";
import { announcesName, isNoName } from "./telling-words.ts";

/** user: any text that follows a word which announces a name. rest: the remainder of the message. */
export type SlotKind = "ip" | "int" | "word" | "user" | "quoted" | "text" | "path" | "hex" | "rest";

export interface Token {
  /** Literal text and slots. */
  readonly template: string;
  /** The values in the slots. */
  readonly values: readonly string[];
  /** The word as written. */
  readonly raw: string;
}

export interface Tokens {
  readonly tokens: readonly Token[];
  /** Whether the tokens contain the whole message. */
  readonly whole: boolean;
}

const MAX_TOKENS = 48;
/** A longer word counts as variable. */
const MAX_LITERAL = 40;

export const SLOT_MARK = "\u0001";
const LETTERS: { readonly [kind in SlotKind]: string } = {
  ip: "i",
  int: "n",
  word: "w",
  user: "u",
  quoted: "q",
  text: "t",
  path: "p",
  hex: "h",
  rest: "r",
};
const KINDS: ReadonlyMap<string, SlotKind> = new Map(
  Object.entries(LETTERS).map(([kind, letter]) => [letter, kind as SlotKind]),
);

export function slotOf(kind: SlotKind): string {
  return SLOT_MARK + LETTERS[kind];
}

export type TemplatePart =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "slot"; readonly is: SlotKind };

/** Splits one template, or several joined by blanks, into literal texts and slots. */
export function partsOfTemplate(template: string): readonly TemplatePart[] {
  return template.split(SLOT_MARK).flatMap((piece, i): readonly TemplatePart[] => {
    const is = i === 0 ? undefined : KINDS.get(piece.charAt(0));
    const text = is === undefined ? piece : piece.slice(1);
    return [
      ...(is === undefined ? [] : [{ kind: "slot", is } as const]),
      ...(text === "" ? [] : [{ kind: "text", text } as const]),
    ];
  });
}

export function tokenize(message: string): Tokens {
  const text = message.slice(0, MAX_MESSAGE).replace(CONTROL, "?").trimEnd();
  const tokens: Token[] = [];
  let at = 0;
  let named = false;
  while (at <= text.length && tokens.length < MAX_TOKENS) {
    const end = tokenEnd(text, at);
    const raw = text.slice(at, end);
    const token: Token = named && !isNoName(raw) ? nameToken(raw) : readToken(raw);
    tokens.push(token);
    // A name may follow each of these words: "for invalid user bob".
    named = end < text.length && announcesName(token.template, named);
    at = end + 1;
  }
  return { tokens, whole: at > text.length && message.length <= MAX_MESSAGE };
}

/** Control characters include the mark of slots, which a client must not be able to write. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u001f\u007f]/g;

/** Returns the end of a word; a quoted text with blanks is one word. */
function tokenEnd(text: string, from: number): number {
  let at = from;
  while (at < text.length && text.charCodeAt(at) !== 32) {
    const quote = text.charAt(at);
    const opens = quote === '"' || (quote === "'" && (at === from || text[at - 1] === "="));
    at = opens ? (closingQuote(text, at) ?? at) + 1 : at + 1;
  }
  return at;
}

/** Maximum number of characters searched for a closing quote, so that a line of quotes costs no more than others. */
const MAX_QUOTE_LENGTH = 200;

function closingQuote(text: string, from: number): number | undefined {
  const quote = text.charCodeAt(from);
  const limit = Math.min(text.length, from + MAX_QUOTE_LENGTH);
  for (let at = from + 1; at < limit; at++) {
    const code = text.charCodeAt(at);
    if (code === 92) at++;
    else if (code === quote) return at;
  }
  return undefined;
}

/** Punctuation before a value, as in ":22" after a bracket. */
const LEAD = /^[:.]+/;
const TAIL = /[,;:.)\]!?]+$/;

function nameToken(raw: string): Token {
  const quote = raw.charAt(0);
  if ((quote === '"' || quote === "'") && closingQuote(raw, 0) !== undefined) return readToken(raw);
  const tail = TAIL.exec(raw)?.[0] ?? "";
  const value = raw.slice(0, raw.length - tail.length);
  return { template: slotOf("user") + tail, values: [value], raw };
}

/** Characters that separate values inside a word. */
const INNER = /[[\](){}<>,;=|"'#]/;
/** Words without variable parts, which are most words and need no further parsing. */
const PLAIN = /^[A-Za-z_-]{1,24}[:.,]?$/;
const NAME_KEYS = /^(?:r?user|username|acct|account|login|logname)$/i;

function readToken(raw: string): Token {
  if (PLAIN.test(raw)) return { template: raw, values: [], raw };
  const draft = createDraft();
  let key = "";
  for (let at = 0; at < raw.length; ) {
    const char = raw.charAt(at);
    const close = char === '"' || char === "'" ? closingQuote(raw, at) : undefined;
    if (close !== undefined) {
      readQuoted(raw.slice(at, close + 1), draft);
      at = close + 1;
    } else if (INNER.test(char)) {
      draft.put(char);
      at++;
      if (char === "=" && at === raw.length && NAME_KEYS.test(key)) draft.slot("user", "");
    } else {
      const end = pieceEnd(raw, at);
      const piece = raw.slice(at, end);
      if (raw.charAt(at - 1) === "=" && NAME_KEYS.test(key)) draft.slot("user", piece);
      else readPiece(piece, draft);
      key = piece;
      at = end;
    }
  }
  return { ...draft.read(), raw };
}

interface Draft {
  put(text: string): void;
  slot(kind: SlotKind, value: string): void;
  read(): { readonly template: string; readonly values: readonly string[] };
}

function createDraft(): Draft {
  const values: string[] = [];
  let template = "";
  return {
    put: (text) => {
      template += text;
    },
    slot: (kind, value) => {
      template += slotOf(kind);
      values.push(value);
    },
    read: () => ({ template, values }),
  };
}

function readQuoted(text: string, draft: Draft): void {
  const inner = text.slice(1, -1);
  if (text.startsWith('"')) {
    draft.slot("quoted", inner);
    return;
  }
  draft.put("'");
  draft.slot("text", inner);
  draft.put("'");
}

function pieceEnd(raw: string, from: number): number {
  let end = from + 1;
  while (end < raw.length && !INNER.test(raw.charAt(end))) end++;
  return end;
}

/** Reads the part of a word between two INNER characters. */
function readPiece(whole: string, draft: Draft): void {
  const lead = parseIp(whole) === undefined ? (LEAD.exec(whole)?.[0] ?? "") : "";
  const piece = whole.slice(lead.length);
  draft.put(lead);
  const tail = parseIp(piece) === undefined ? (TAIL.exec(piece)?.[0] ?? "") : "";
  const core = piece.slice(0, piece.length - tail.length);
  const [, address = "", between = "", port = ""] =
    /^(\d{1,3}(?:\.\d{1,3}){3})([:-])(\d{1,5})$/.exec(core) ?? [];
  const kind = kindOf(core);
  if (parseIp(address) !== undefined) {
    draft.slot("ip", address);
    draft.put(between);
    draft.slot("int", port);
  } else if (kind === undefined) draft.put(core);
  else draft.slot(kind, core);
  draft.put(tail);
}

function kindOf(core: string): SlotKind | undefined {
  if (core === "") return undefined;
  if (parseIp(core) !== undefined) return "ip";
  let digits = 0;
  for (let i = 0; i < core.length; i++) if (isDigitCode(core.charCodeAt(i))) digits++;
  if (digits === core.length) return "int";
  if (core.startsWith("/") && core.length > 1) return "path";
  if (core.length > MAX_LITERAL) return "word";
  if (/^0x[0-9a-fA-F]+$/.test(core) || (digits > 0 && /^[0-9a-fA-F]{8,}$/.test(core))) return "hex";
  // Host names, versions and fingerprints of keys are variable words.
  return digits > 0 || /[A-Za-z]\.[A-Za-z]/.test(core) ? "word" : undefined;
}
