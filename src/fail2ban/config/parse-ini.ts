/**
 * Parses one file of fail2ban's configuration into sections of entries. Follows Python's ConfigParser as fail2ban
 * configures it: keys in lower case, "=" or ":", whole-line comments with "#" or ";", a comment after a blank and ";",
 * values that continue in indented lines. Does not interpret keys.
 */
import type { Problem } from "../../domain/problem.ts";

export interface IniEntry {
  readonly text: string;
  readonly path: string;
  /** Line of the key, counted from 1. */
  readonly line: number;
  /** Line number of each line of the value, if it has several. */
  readonly lines?: readonly number[];
}

export type IniSection = ReadonlyMap<string, IniEntry>;

export interface IniFile {
  readonly path: string;
  readonly sections: ReadonlyMap<string, IniSection>;
  readonly defaults: IniSection;
  readonly problems: readonly Problem[];
}

interface OpenEntry {
  readonly key: string;
  readonly line: number;
  readonly lines: string[];
  readonly numbers: number[];
}

const SECTION = /^\[(?<name>.+)\]/;
const OPTION = /^(?<key>.*?)\s*[=:]\s*(?<value>.*)$/;

/** Parses a text; invalid lines are reported and skipped. */
export function parseIni(path: string, text: string): IniFile {
  const parser = new IniParser(path);
  for (const [number, raw] of text.split(/\r\n|\r|\n/).entries()) parser.addLine(raw, number + 1);
  return parser.finish();
}

class IniParser {
  readonly #path: string;
  readonly #problems: Problem[] = [];
  readonly #defaults = new Map<string, IniEntry>();
  readonly #sections = new Map<string, Map<string, IniEntry>>();
  #section: Map<string, IniEntry> | undefined;
  #entry: OpenEntry | undefined;
  /** Indentation of the last line that began an entry or section. */
  #indent = 0;

  constructor(path: string) {
    this.#path = path;
  }

  addLine(raw: string, line: number): void {
    const { content, commented } = withoutComment(raw);
    if (content === "") {
      // An empty line continues a value; a comment does not.
      if (!commented) this.#continueEntry("", line);
      return;
    }
    const indent = raw.length - raw.trimStart().length;
    if (this.#entry !== undefined && indent > this.#indent) {
      this.#continueEntry(content, line);
      return;
    }
    this.#indent = indent;
    const section = SECTION.exec(content)?.groups?.["name"];
    if (section === undefined) this.#beginEntry(content, line);
    else this.#beginSection(section, line);
  }

  finish(): IniFile {
    this.#closeEntry();
    return {
      path: this.#path,
      sections: this.#sections,
      defaults: this.#defaults,
      problems: this.#problems,
    };
  }

  #beginSection(name: string, line: number): void {
    this.#closeEntry();
    if (name === "DEFAULT") {
      this.#section = this.#defaults;
      return;
    }
    this.#section = this.#sections.get(name);
    if (this.#section === undefined) {
      this.#section = new Map();
      this.#sections.set(name, this.#section);
    } else {
      const got = `a second section [${name}]`;
      const expected = "each section once";
      const hint = "fail2ban refuses the whole file; here both count, a later value of a key wins";
      this.#problems.push({ path: this.#path, line, got, expected, hint });
    }
  }

  #beginEntry(content: string, line: number): void {
    this.#closeEntry();
    const path = this.#path;
    const match = OPTION.exec(content);
    const key = match?.groups?.["key"]?.toLowerCase() ?? "";
    if (this.#section === undefined || key === "") {
      const expected = this.#section === undefined ? "a [section] first" : "KEY = VALUE";
      this.#problems.push({ path, line, got: content, expected });
      return;
    }
    const before = this.#section.get(key);
    if (before !== undefined) {
      const expected = `each key once in its section (it is in line ${before.line} too)`;
      const hint = "fail2ban refuses the whole file; here the later one counts";
      this.#problems.push({ path, line, key, got: `${key} again`, expected, hint });
    }
    const value = match?.groups?.["value"]?.trim() ?? "";
    this.#entry = { key, line, lines: [value], numbers: [line] };
  }

  #continueEntry(content: string, line: number): void {
    this.#entry?.lines.push(content);
    this.#entry?.numbers.push(line);
  }

  #closeEntry(): void {
    if (this.#entry === undefined || this.#section === undefined) return;
    const { key, line, lines, numbers } = this.#entry;
    const several = lines.length > 1 ? { lines: numbers } : {};
    this.#section.set(key, {
      text: lines.join("\n").trimEnd(),
      path: this.#path,
      line,
      ...several,
    });
    this.#entry = undefined;
  }
}

function withoutComment(raw: string): { content: string; commented: boolean } {
  const trimmed = raw.trim();
  if (trimmed.startsWith("#") || trimmed.startsWith(";")) return { content: "", commented: true };
  const inline = /(?:^|\s);/.exec(raw);
  if (inline === null) return { content: trimmed, commented: false };
  return { content: raw.slice(0, inline.index + inline[0].length - 1).trim(), commented: true };
}
