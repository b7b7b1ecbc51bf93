/** Parses the command line like Python's optparse: options anywhere, long ones by any unambiguous prefix. */

export interface RegexOptions {
  readonly config: string;
  readonly datePattern: string | undefined;
  readonly timeZone: string | undefined;
  readonly encoding: string | undefined;
  readonly useDns: string | undefined;
  /** Counts host names as written, without resolving them. */
  readonly raw: boolean;
  readonly maxLines: number | undefined;
  readonly journalMatch: string | undefined;
  /** Number of -v options; 0: only results are shown. */
  readonly verbose: number;
  readonly verboseDate: boolean;
  readonly debuggex: boolean;
  readonly checkAll: boolean;
  /** The part of each failure to print; nothing else is printed. */
  readonly out: string | undefined;
  /** With `out`: prints lines that are not failures. */
  readonly invert: boolean;
  readonly matched: "counted" | "all";
  readonly missed: "none" | "some" | "all";
  readonly ignored: "none" | "some" | "all";
  /** LOG, REGEX and optionally IGNOREREGEX. */
  readonly words: readonly string[];
}

export type ReadOptions =
  | { readonly kind: "run"; readonly options: RegexOptions }
  | { readonly kind: "help" }
  | { readonly kind: "version"; readonly form: "short" | "long" }
  /** A mistake in the command line itself. */
  | { readonly kind: "mistake"; readonly text: string };

interface Known {
  /** Names without dashes; the first is used in this program. */
  readonly names: readonly string[];
  readonly takesValue: boolean;
}

const flag = (...names: readonly string[]): Known => ({ names, takesValue: false });
const value = (...names: readonly string[]): Known => ({ names, takesValue: true });
const KNOWN: readonly Known[] = [
  flag("version"),
  flag("help", "h"),
  value("config", "c"),
  value("datepattern", "d"),
  value("timezone", "TZ"),
  value("encoding", "e"),
  flag("raw", "r"),
  value("usedns"),
  value("maxlines", "L"),
  value("journalmatch", "m"),
  value("log-level", "l"),
  flag("V"),
  flag("verbose", "v"),
  value("verbosity"),
  flag("verbose-date", "VD"),
  flag("debuggex", "D"),
  flag("no-check-all"),
  value("out", "o"),
  flag("invert", "i"),
  flag("print-no-missed"),
  flag("print-no-ignored"),
  flag("print-all-matched"),
  flag("print-all-missed"),
  flag("print-all-ignored"),
  flag("log-traceback", "t"),
  flag("full-traceback"),
];

interface Given {
  readonly name: string;
  readonly value: string;
}

class Mistake extends Error {}

export function readRegexOptions(argv: readonly string[]): ReadOptions {
  try {
    const { given, words } = split(argv);
    for (const { name } of given) {
      if (name === "help") return { kind: "help" };
      if (name === "version" || name === "V")
        return { kind: "version", form: name === "V" ? "short" : "long" };
    }
    return { kind: "run", options: collect(given, words) };
  } catch (error) {
    if (error instanceof Mistake) return { kind: "mistake", text: error.message };
    throw error;
  }
}

function split(argv: readonly string[]): { given: readonly Given[]; words: readonly string[] } {
  const given: Given[] = [];
  const words: string[] = [];
  const rest = [...argv];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === "--") {
      words.push(...rest);
      break;
    }
    if (word.startsWith("--")) given.push(takeLong(word, rest));
    else if (word.startsWith("-") && word !== "-") given.push(...takeShort(word, rest));
    else words.push(word);
  }
  return { given, words };
}

function takeLong(word: string, rest: string[]): Given {
  const equals = word.indexOf("=");
  const typed = equals < 0 ? word.slice(2) : word.slice(2, equals);
  const { names, takesValue } = complete(typed);
  const [name = ""] = names;
  if (!takesValue) {
    if (equals >= 0) throw new Mistake(`--${typed} option does not take a value`);
    return { name, value: "" };
  }
  const given = equals < 0 ? rest.shift() : word.slice(equals + 1);
  if (given === undefined) throw new Mistake(`--${typed} option requires 1 argument`);
  return { name, value: given };
}

function complete(typed: string): Known {
  const long = KNOWN.filter(({ names }) => names.some((name) => name.length > 1));
  const exact = long.find(({ names }) => names.includes(typed));
  if (exact !== undefined) return exact;
  const fitting = long.filter(({ names }) =>
    names.some((name) => name.length > 1 && name.startsWith(typed)),
  );
  const [only] = fitting;
  if (only === undefined) throw new Mistake(`no such option: --${typed}`);
  if (fitting.length === 1) return only;
  const options = fitting.map(({ names: [name = ""] }) => `--${name}`).sort();
  throw new Mistake(`ambiguous option: --${typed} (${options.join(", ")}?)`);
}

/**
 * Parses a word of several option letters. A letter that takes a value takes the rest of the word, or the next word.
 */
function takeShort(word: string, rest: string[]): readonly Given[] {
  const given: Given[] = [];
  for (let i = 1; i < word.length; i++) {
    const letter = word[i] ?? "";
    const known = KNOWN.find(({ names }) => names.includes(letter));
    if (known === undefined) throw new Mistake(`no such option: -${letter}`);
    const [name = ""] = known.names;
    if (!known.takesValue) {
      given.push({ name, value: "" });
      continue;
    }
    const attached = word.slice(i + 1);
    const taken = attached === "" ? rest.shift() : attached;
    if (taken === undefined) throw new Mistake(`-${letter} option requires 1 argument`);
    return [...given, { name, value: taken }];
  }
  return given;
}

function collect(given: readonly Given[], words: readonly string[]): RegexOptions {
  const last = (name: string): string | undefined =>
    given.findLast((one) => one.name === name)?.value;
  const has = (name: string): boolean => given.some((one) => one.name === name);
  const number = (name: string): number | undefined => {
    const text = last(name);
    if (text !== undefined && !/^[+-]?\d+$/.test(text))
      throw new Mistake(`option --${name}: invalid integer value: '${text}'`);
    return text === undefined ? undefined : Number(text);
  };
  const shown = (what: string): "none" | "some" | "all" =>
    has(`print-no-${what}`) ? "none" : has(`print-all-${what}`) ? "all" : "some";
  const both = ["missed", "ignored"].filter(
    (what) => has(`print-no-${what}`) && has(`print-all-${what}`),
  );
  if (both[0] !== undefined)
    throw new Mistake(`--print-no-${both[0]} and --print-all-${both[0]} exclude each other`);
  return {
    config: last("config") ?? "/etc/fail2ban",
    datePattern: last("datepattern") || undefined,
    timeZone: last("timezone") || undefined,
    encoding: last("encoding"),
    useDns: last("usedns") || undefined,
    raw: has("raw"),
    maxLines: number("maxlines") || undefined,
    journalMatch: last("journalmatch"),
    verbose: number("verbosity") ?? given.filter(({ name }) => name === "verbose").length,
    verboseDate: has("verbose-date"),
    debuggex: has("debuggex"),
    checkAll: !has("no-check-all"),
    out: last("out") || undefined,
    invert: has("invert"),
    matched: has("print-all-matched") ? "all" : "counted",
    missed: shown("missed"),
    ignored: shown("ignored"),
    words,
  };
}
