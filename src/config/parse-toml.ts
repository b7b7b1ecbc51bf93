/** Text of one TOML file -> its table, or the one problem that keeps it from being TOML. Never throws. */
import { TomlError, parse } from "smol-toml";
import type { Problem } from "../domain/problem.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import { quote } from "./describe-value.ts";

export type TomlTable = Readonly<Record<string, unknown>>;

export function parseToml(path: string, text: string): Result<TomlTable, Problem> {
  try {
    return ok(parse(text));
  } catch (error) {
    if (error instanceof TomlError) return fail(syntaxProblem(path, text, error));
    // A library's own limit (depth, stack) on text that nobody writes: still the operator's file, not a bug here.
    const reason = error instanceof Error ? error.message : String(error);
    return fail({ path, got: "text that cannot be read as TOML", expected: `TOML (${reason})` });
  }
}

function syntaxProblem(path: string, text: string, { line, column, message }: TomlError): Problem {
  const written = (text.split(/\r?\n/)[line - 1] ?? "").trim();
  const [first = ""] = message.split("\n");
  const reason = first.replace(/^Invalid TOML document: /, "");
  const hint = suggest(written, reason);
  const got = written === "" ? "an end too early" : quote(written);
  const problem = { path, line, column, got, expected: `valid TOML: ${reason}` };
  return hint === undefined ? problem : { ...problem, hint };
}

/** The usual slips of a hand that writes other formats every day. */
function suggest(line: string, reason: string): string | undefined {
  if (reason.includes("redefine")) {
    return line.startsWith("[")
      ? "this table is already in the file: join the two"
      : "this key is already set above: remove one of the two";
  }
  const [, key, separator, value = ""] = /^([\w."-]+)\s*([=:]|\s)\s*(.*)$/.exec(line) ?? [];
  if (key === undefined) {
    if (/^\[[^\]]*$/.test(line)) return 'a table ends with "]"';
    return line.startsWith(";") || line.startsWith("//") ? "a comment begins with #" : undefined;
  }
  if (separator !== "=") return `a setting is written ${key} = value`;
  const word = /^[\w./:-]+/.exec(value)?.[0];
  if (word === undefined) return undefined;
  if (/^(?:True|False|TRUE|FALSE|yes|no|on|off)$/.test(word)) return "write true or false";
  return /^[+-]?\d+(?:\.\d+)?$/.test(word) ? undefined : `write text in quotes: ${key} = "${word}"`;
}
