/**
 * Replaces references in a value, like Python's BasicInterpolation with fail2ban's additions. `%(name)s`: the value in
 * the section, else in [DEFAULT]; `%(section/name)s`: that of another section; `%(known/name)s`: that of an earlier
 * layer; `%(__name__)s`: the name of the section; `%%`: a percent sign.
 */
import { didYouMean } from "../../domain/did-you-mean.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import type { Layers } from "./layers.ts";

export interface Scope {
  readonly layers: Layers;
  readonly section: string;
  /** Values that override the section, and are not interpolated. */
  readonly given: ReadonlyMap<string, string>;
}

/** Maximum nesting of references, as in Python. */
const MAX_DEPTH = 10;

/** Returns the value of a key; undefined: the key does not exist. The error names the failed reference. */
export function readValue(scope: Scope, key: string): Result<string | undefined, string> {
  const given = scope.given.get(key);
  if (given !== undefined) return ok(given);
  const raw = rawValue(scope, key);
  return raw === undefined ? ok(undefined) : interpolate(scope, raw, 0);
}

function rawValue({ layers, section }: Scope, key: string): string | undefined {
  return (layers.sections.get(section)?.get(key) ?? layers.defaults.get(key))?.text;
}

function interpolate(scope: Scope, text: string, depth: number): Result<string, string> {
  if (depth > MAX_DEPTH) return fail("references too deep, or in a circle");
  let out = "";
  let at = 0;
  for (;;) {
    const percent = text.indexOf("%", at);
    if (percent < 0) return ok(out + text.slice(at));
    out += text.slice(at, percent);
    if (text[percent + 1] === "%") {
      out += "%";
      at = percent + 2;
      continue;
    }
    const match = /^%\(([^)]+)\)s/.exec(text.slice(percent));
    if (match === null) {
      const found = text.slice(percent, percent + 12);
      return fail(`"${found}": "%" must be doubled, or begin %(name)s`);
    }
    const resolved = resolve(scope, match[1] ?? "", depth);
    if (!resolved.ok) return resolved;
    out += resolved.value;
    at = percent + match[0].length;
  }
}

function resolve(scope: Scope, name: string, depth: number): Result<string, string> {
  const key = name.toLowerCase();
  const given = scope.given.get(key) ?? (key === "__name__" ? scope.section : undefined);
  if (given !== undefined) return ok(given);
  const raw = rawValue(scope, key) ?? rawElsewhere(scope, name);
  if (raw === undefined) return fail(`%(${name})s: unknown name "${name}"${nearest(scope, key)}`);
  return interpolate(scope, raw, depth + 1);
}

function nearest({ layers, section }: Scope, key: string): string {
  const own = layers.sections.get(section)?.keys() ?? [];
  const meant = didYouMean(key, [...own, ...layers.defaults.keys()]);
  return meant === undefined ? "" : `, did you mean %(${meant})s?`;
}

function rawElsewhere({ layers, section }: Scope, name: string): string | undefined {
  const match = /^(?<section>[\w-]+)\/(?<key>.+)$/.exec(name);
  const { section: other = "", key = "" } = match?.groups ?? {};
  if (match === null) return undefined;
  const from =
    other.toLowerCase() === "known"
      ? layers.known.get(section)
      : other.toLowerCase() === "default"
        ? undefined
        : layers.sections.get(other);
  return (from?.get(key) ?? layers.defaults.get(key))?.text;
}
