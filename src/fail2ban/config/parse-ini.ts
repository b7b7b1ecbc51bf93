/**
 * One file of fail2ban's configuration -> sections of entries, by the rules of Python's ConfigParser as fail2ban sets it
 * up: keys in lower case, "=" or ":", whole-line comments with "#" or ";", a comment after a blank and ";", values that
 * go on in indented lines. Knows nothing of what the keys mean.
 */
import type { Problem } from "../../domain/problem.ts";

export interface IniEntry {
  readonly text: string;
  readonly path: string;
  /** Of the key, counted from 1. */
  readonly line: number;
  /** Of each line of the text, when there are several. */
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

/** A wrong line costs itself and is told of; everything else of the file is kept. */
export function parseIni(path: string, text: string): IniFile {
  const problems: Problem[] = [];
  const defaults = new Map<string, IniEntry>();
  const sections = new Map<string, Map<string, IniEntry>>();
  let section: Map<string, IniEntry> | undefined;
  let open: OpenEntry | undefined;
  let indent = 0;

  function close(): void {
    if (open === undefined || section === undefined) return;
    const { key, line, lines, numbers } = open;
    const more = lines.length > 1 ? { lines: numbers } : {};
    section.set(key, { text: lines.join("\n").trimEnd(), path, line, ...more });
    open = undefined;
  }

  function beginSection(name: string, line: number): void {
    close();
    if (name === "DEFAULT") section = defaults;
    else if (sections.has(name)) {
      section = sections.get(name);
      const got = `a second section [${name}]`;
      const hint =
        "fail2ban refuses the whole file; here both count, the later entry of a key wins";
      problems.push({ path, line, got, expected: "each section once", hint });
    } else {
      section = new Map();
      sections.set(name, section);
    }
  }

  function beginEntry(content: string, line: number): void {
    close();
    const match = OPTION.exec(content);
    const key = match?.groups?.["key"]?.toLowerCase() ?? "";
    if (section === undefined || key === "") {
      const expected = section === undefined ? "a [section] first" : "KEY = VALUE";
      problems.push({ path, line, got: content, expected });
      return;
    }
    const before = section.get(key);
    if (before !== undefined && before.path === path) {
      const expected = `each key once in its section (it is in line ${before.line} too)`;
      const hint = "fail2ban refuses the whole file; here the later one counts";
      problems.push({ path, line, key, got: `${key} again`, expected, hint });
    }
    open = { key, line, lines: [match?.groups?.["value"]?.trim() ?? ""], numbers: [line] };
  }

  for (const [number, raw] of text.split(/\r\n|\r|\n/).entries()) {
    const line = number + 1;
    const { content, commented } = withoutComment(raw);
    if (content === "") {
      // An empty line inside a value belongs to it, a comment does not.
      if (commented) continue;
      open?.lines.push("");
      open?.numbers.push(line);
      continue;
    }
    const depth = raw.length - raw.trimStart().length;
    if (open !== undefined && depth > indent) {
      open.lines.push(content);
      open.numbers.push(line);
      continue;
    }
    indent = depth;
    const header = SECTION.exec(content)?.groups?.["name"];
    if (header === undefined) beginEntry(content, line);
    else beginSection(header, line);
  }
  close();
  return { path, sections, defaults, problems };
}

function withoutComment(raw: string): { content: string; commented: boolean } {
  const trimmed = raw.trim();
  if (trimmed.startsWith("#") || trimmed.startsWith(";")) return { content: "", commented: true };
  const inline = /(?:^|\s);/.exec(raw);
  if (inline === null) return { content: trimmed, commented: false };
  return { content: raw.slice(0, inline.index + inline[0].length - 1).trim(), commented: true };
}
