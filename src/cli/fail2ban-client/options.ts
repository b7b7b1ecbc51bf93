/** Parses the command line like getopt(3): options end at the first word that is no option. */
export interface ClientOptions {
  readonly conf: string;
  /** Whether -c was given. */
  readonly confGiven: boolean;
  readonly socket: string | undefined;
  readonly dump: "plain" | "pretty" | undefined;
  readonly test: boolean;
  readonly interactive: boolean;
  /** The first option that needs no server. */
  readonly ask:
    | { readonly kind: "nothing" | "help" }
    | { readonly kind: "version"; readonly form: "short" | "long" }
    | { readonly kind: "seconds"; readonly text: string };
  readonly command: readonly string[];
}

const SHORT_WITH_VALUE = "csp";
const SHORT = "hxfbdtviqV";
const LONG_WITH_VALUE = [
  ...["loglevel", "logtarget", "syslogsocket", "conf", "pidfile", "pname", "socket", "timeout"],
  "str2sec",
];
const LONG = ["test", "async", "help", "version", "dp", "dump-pretty"];
const LONG_NAMES: ReadonlyMap<string, string> = new Map([
  ["c", "conf"],
  ["s", "socket"],
  ["p", "pidfile"],
  ["h", "help"],
  ["t", "test"],
  ["dp", "dump-pretty"],
]);

interface Option {
  readonly name: string;
  readonly value: string;
}

/** Parses the options; undefined: an unknown option, or one without its value. */
export function parseClientOptions(argv: readonly string[]): ClientOptions | undefined {
  const options: Option[] = [];
  let rest = argv;
  for (;;) {
    const [word, ...others] = rest;
    if (word === "--") {
      rest = others;
      break;
    }
    if (word === undefined || word === "-" || !word.startsWith("-")) break;
    const taken = word.startsWith("--") ? takeLong(word, others) : takeShort(word, others);
    if (taken === undefined) return undefined;
    options.push(...taken.options);
    rest = taken.rest;
  }
  return collect(options, rest);
}

interface Taken {
  readonly options: readonly Option[];
  readonly rest: readonly string[];
}

function takeLong(word: string, others: readonly string[]): Taken | undefined {
  const [typed = "", ...parts] = word.slice(2).split("=");
  const attached = parts.length === 0 ? undefined : parts.join("=");
  const name = completeLong(typed);
  if (name === undefined) return undefined;
  if (!LONG_WITH_VALUE.includes(name)) {
    if (attached !== undefined) return undefined;
    return { options: [{ name: LONG_NAMES.get(name) ?? name, value: "" }], rest: others };
  }
  const value = attached ?? others[0];
  if (value === undefined) return undefined;
  return { options: [{ name, value }], rest: attached === undefined ? others.slice(1) : others };
}

/** Completes an unambiguous prefix of a long option. */
function completeLong(typed: string): string | undefined {
  const all = [...LONG_WITH_VALUE, ...LONG];
  if (all.includes(typed)) return typed;
  const fitting = all.filter((name) => name.startsWith(typed));
  return fitting.length === 1 ? fitting[0] : undefined;
}

/**
 * Parses a word of several option letters. A letter that takes a value takes the rest of the word, or the next word.
 */
function takeShort(word: string, others: readonly string[]): Taken | undefined {
  const options: Option[] = [];
  for (let i = 1; i < word.length; i++) {
    const letter = word[i] ?? "";
    const name = LONG_NAMES.get(letter) ?? letter;
    if (SHORT_WITH_VALUE.includes(letter)) {
      const attached = word.slice(i + 1);
      const value = attached === "" ? others[0] : attached;
      if (value === undefined) return undefined;
      options.push({ name, value });
      return { options, rest: attached === "" ? others.slice(1) : others };
    }
    if (!SHORT.includes(letter)) return undefined;
    options.push({ name, value: "" });
  }
  return { options, rest: others };
}

function collect(options: readonly Option[], command: readonly string[]): ClientOptions {
  const last = (name: string): string | undefined =>
    options.findLast((option) => option.name === name)?.value;
  const given = (name: string): boolean => options.some((option) => option.name === name);
  const conf = last("conf");
  const pretty = given("dump-pretty");
  return {
    conf: conf ?? "/etc/fail2ban",
    confGiven: conf !== undefined,
    socket: last("socket"),
    dump: pretty ? "pretty" : given("d") ? "plain" : undefined,
    test: given("test"),
    interactive: given("i"),
    ask: askOf(options),
    command,
  };
}

function askOf(options: readonly Option[]): ClientOptions["ask"] {
  for (const { name, value } of options) {
    if (name === "help") return { kind: "help" };
    if (name === "V") return { kind: "version", form: "short" };
    if (name === "version") return { kind: "version", form: "long" };
    if (name === "str2sec") return { kind: "seconds", text: value };
  }
  return { kind: "nothing" };
}
