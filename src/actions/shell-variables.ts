/**
 * Replaces tags of a ban in a shell command by references to environment variables. The tags (`<ip>`, `<matches>`,
 * `<F-USER>`) become `${f2bV_ip}` and so on, quoted for their context. A value is never part of the command, only a
 * reference to it, so client text cannot become shell syntax, even if this parser misread the quotes.
 *
 * The context decides. In a word: "${…}", one word whatever it contains. In double quotes and unquoted here-documents:
 * ${…}. In single quotes, which expand nothing, a safe value (letters, digits, ._:/@%+,=-) closes the quotes around the
 * reference; any other stays as the literal ${…}, because such text is often a program for another interpreter, which
 * finds the value in its environment. In arithmetic: a number, else 0. In a quoted here-document only values that no
 * client chooses are inserted.
 */

export interface ShellText {
  readonly script: string;
  readonly variables: Readonly<Record<string, string>>;
}

/** Returns the value of a tag; undefined: no such tag, so the text stays as it is (`<file>` is a redirection). */
export type TagValue = (tag: string) => string | undefined;

const TAG = /<([^ <>]+)>/y;
const CAPTURED = /^F-[A-Z0-9_-]+$/;
const SAFE_VALUE = /^[A-Za-z0-9._:/@%+,=-]*$/;
const CLIENT_TEXT = /^(?:F-|matches$|ipmatches$|ipjailmatches$|raw-ticket$)/;
/** Limit of a value in UTF-16 units, at most three bytes of UTF-8 each; the kernel allows 128 KiB per variable. */
const MAX_VALUE_LENGTH = 30_000;

type Kind = "word" | "double" | "single" | "parameter" | "arithmetic" | "comment";

interface Frame {
  readonly kind: Kind;
  /** Text that ends this context. */
  readonly end: string;
  /** Number of parentheses that are open inside it. */
  depth: number;
}

interface HereDocument {
  readonly delimiter: string;
  readonly quoted: boolean;
  readonly tabs: boolean;
}

export function withVariables(text: string, valueOf: TagValue): ShellText {
  const reader = new ShellReader(text, valueOf);
  return { script: reader.read(), variables: Object.fromEntries(reader.variables) };
}

class ShellReader {
  readonly variables = new Map<string, string>();
  readonly #text: string;
  readonly #valueOf: TagValue;
  readonly #frames: Frame[] = [{ kind: "word", end: "", depth: 0 }];
  #waiting: HereDocument[] = [];
  #out = "";
  #at = 0;

  constructor(text: string, valueOf: TagValue) {
    this.#text = text;
    this.#valueOf = valueOf;
  }

  read(): string {
    while (this.#at < this.#text.length) {
      if (this.#takeTag((tag, value) => this.#refer(tag, value))) continue;
      const frame = this.#frame();
      if (frame.kind === "single") this.#untilEnd(frame);
      else if (frame.kind === "comment") this.#comment();
      else if (this.#text[this.#at] === "\\") this.#escape(frame);
      else if (frame.kind === "double") this.#inDouble(frame);
      else this.#inWord(frame);
    }
    return this.#out;
  }

  #frame(): Frame {
    return this.#frames.at(-1) ?? { kind: "word", end: "", depth: 0 };
  }

  #copy(length: number): void {
    this.#out += this.#text.slice(this.#at, this.#at + length);
    this.#at += length;
  }

  #enter(kind: Kind, end: string, length: number): void {
    this.#copy(length);
    this.#frames.push({ kind, end, depth: 0 });
  }

  #leave(length: number): void {
    this.#copy(length);
    if (this.#frames.length > 1) this.#frames.pop();
  }

  #starts(text: string): boolean {
    return this.#text.startsWith(text, this.#at);
  }

  /** Writes the tag at the current position, if it has a value; returns whether it did. */
  #takeTag(write: (tag: string, value: string) => string): boolean {
    if (this.#text[this.#at] !== "<") return false;
    TAG.lastIndex = this.#at;
    const match = TAG.exec(this.#text);
    const tag = match?.[1] ?? "";
    if (match === null) return false;
    const value = this.#valueOf(tag) ?? (CAPTURED.test(tag) ? "" : undefined);
    if (value === undefined) return false;
    this.#at += match[0].length;
    const clean = value.replaceAll("\0", "\ufffd").slice(0, MAX_VALUE_LENGTH);
    this.#out += write(tag, clean);
    return true;
  }

  #variable(tag: string, value: string): string {
    const name = `f2bV_${tag.startsWith("F-") ? `F_${tag.slice(2).toLowerCase()}` : tag}`;
    const safe = name.replace(/[^A-Za-z0-9_]/g, "_");
    this.variables.set(safe, value);
    return `\${${safe}}`;
  }

  #refer(tag: string, value: string): string {
    const variable = this.#variable(tag, value);
    switch (this.#frame().kind) {
      case "word":
        return `"${variable}"`;
      case "single":
        return SAFE_VALUE.test(value) ? `'"${variable}"'` : variable;
      case "arithmetic":
        return /^\d+$/.test(value) ? variable : "0";
      case "double":
      case "parameter":
      case "comment":
        return variable;
    }
  }

  #untilEnd({ end }: Frame): void {
    if (this.#starts(end)) this.#leave(end.length);
    else this.#copy(1);
  }

  #comment(): void {
    // Leaves the newline to the word loop, because here-documents begin after it.
    if (this.#starts("\n")) this.#frames.pop();
    else this.#copy(1);
  }

  /**
   * Copies an escaped character. Before a tag the backslash would undo the quotes, so it is dropped, or doubled in
   * double quotes.
   */
  #escape({ kind }: Frame): void {
    this.#at++;
    const bare = kind === "double" ? "\\\\" : "";
    const tag = this.#takeTag((name, value) => bare + this.#refer(name, value));
    if (tag) return;
    this.#out += "\\";
    if (this.#at < this.#text.length) this.#copy(1);
  }

  #inDouble(frame: Frame): void {
    if (this.#starts('"')) this.#leave(1);
    else if (!this.#expansion(frame)) this.#copy(1);
  }

  #expansion({ end }: Frame): boolean {
    if (this.#starts("$((")) this.#enter("arithmetic", "))", 3);
    else if (this.#starts("$(")) this.#enter("word", ")", 2);
    else if (this.#starts("${")) this.#enter("parameter", "}", 2);
    else if (this.#starts("`") && end !== "`") this.#enter("word", "`", 1);
    else return false;
    return true;
  }

  #inWord(frame: Frame): void {
    const { kind, end } = frame;
    if (end !== "" && frame.depth === 0 && this.#starts(end)) this.#leave(end.length);
    else if (this.#expansion(frame)) return;
    else if (this.#starts('"')) this.#enter("double", '"', 1);
    else if (this.#starts("'")) this.#enter("single", "'", 1);
    else if (kind !== "word") this.#parenthesis(frame);
    else if (this.#starts("#") && /(?:^|[\s;&|()])$/.test(this.#out.slice(-1)))
      this.#enter("comment", "\n", 1);
    else if (this.#starts("<<") && !this.#starts("<<<")) this.#announceDocument();
    else if (this.#starts("\n")) this.#lineEnd();
    else this.#parenthesis(frame);
  }

  #parenthesis(frame: Frame): void {
    if (this.#starts("(")) frame.depth++;
    else if (this.#starts(")")) frame.depth = Math.max(0, frame.depth - 1);
    this.#copy(1);
  }

  #announceDocument(): void {
    const match = /^<<(?<tabs>-?)[ \t]*(?<word>(?:'[^']*'|"[^"]*"|\\?[^\s'"\\;&|<>()])+)/.exec(
      this.#text.slice(this.#at, this.#at + 200),
    );
    const { tabs = "", word = "" } = match?.groups ?? {};
    if (match === null) {
      this.#copy(2);
      return;
    }
    const delimiter = word.replace(/['"\\]/g, "");
    this.#waiting.push({ delimiter, quoted: delimiter !== word, tabs: tabs === "-" });
    this.#copy(match[0].length);
  }

  #lineEnd(): void {
    this.#copy(1);
    const documents = this.#waiting;
    this.#waiting = [];
    for (const document of documents) this.#body(document);
  }

  #body({ delimiter, quoted, tabs }: HereDocument): void {
    while (this.#at < this.#text.length) {
      const newline = this.#text.indexOf("\n", this.#at);
      const end = newline < 0 ? this.#text.length : newline + 1;
      const line = this.#text.slice(this.#at, end).replace(/\n$/, "");
      if ((tabs ? line.replace(/^\t+/, "") : line) === delimiter) {
        this.#copy(end - this.#at);
        return;
      }
      while (this.#at < end) {
        const write = (tag: string, value: string): string => {
          const variable = this.#variable(tag, value);
          const open = quoted && SAFE_VALUE.test(value) && !CLIENT_TEXT.test(tag);
          return open && !delimiter.includes(value) ? value : variable;
        };
        if (!this.#takeTag(write)) this.#copy(1);
      }
    }
  }
}
