/**
 * Finds arguments in brackets without effect, as in `sshd[mod=aggressive]`. They are neither an option, nor does the
 * filter or action refer to them; fail2ban ignores them silently. An argument in [DEFAULT], or of an action that a
 * reference names (`%(banaction)s[port=…, chain=…]`), is reported only if no action uses it.
 */
import { didYouMean } from "../../domain/did-you-mean.ts";
import type { Problem } from "../../domain/problem.ts";
import type { KnownArguments } from "./known-arguments.ts";
import type { Layers } from "./layers.ts";
import { namesInUseWith } from "./names-in-use.ts";
import type { IniEntry } from "./parse-ini.ts";

export interface ArgumentSearch {
  readonly jail: string;
  /** The layers of jail.conf, which contain the arguments. */
  readonly layers: Layers;
  /** The file in action.d or filter.d, with its includes. */
  readonly file: { readonly kind: "action" | "filter"; readonly name: string };
  readonly user: Layers;
  readonly args: ReadonlyMap<string, string>;
  /** Arguments that are options, so they need no reference. */
  readonly options: readonly string[];
  readonly knownArguments: KnownArguments;
}

export function findUnusedArguments(search: ArgumentSearch): readonly Problem[] {
  const { file, user, args, options, knownArguments } = search;
  if (args.size === 0) return [];
  const used = namesInUseWith(user, args, options);
  return [...args].flatMap(([key, value]): readonly Problem[] => {
    const [name = key] = key.toLowerCase().split("?");
    if (options.includes(name) || used.has(name)) return [];
    const { place, isPassedOn } = placeOf(search, key);
    if (isPassedOn && knownArguments(file.kind).has(name)) return [];
    const meant = didYouMean(name, [...options, ...used.names]);
    const expected = meant ?? `an argument that ${file.kind}.d/${file.name} uses`;
    const hint = "fail2ban ignores this argument without a message";
    return [{ ...place, got: `${file.name}[${key}=${shorten(value)}]`, expected, hint }];
  });
}

interface Place {
  readonly place: Pick<Problem, "path" | "line" | "key">;
  /** Whether the argument is in [DEFAULT], or of an action that a reference names. */
  readonly isPassedOn: boolean;
}

/**
 * Returns the option with the argument, in the jail or in [DEFAULT]; else the option that names the filter or action.
 */
function placeOf({ jail, layers, file }: ArgumentSearch, arg: string): Place {
  const { sections, defaults } = layers;
  const own = [...(sections.get(jail) ?? new Map<string, IniEntry>())];
  const all: readonly SaidOption[] = [
    ...own.map(([key, entry]) => ({ section: jail, key, entry, word: "" })),
    ...[...defaults].map(([key, entry]) => ({ section: "DEFAULT", key, entry, word: "" })),
  ];
  const saying = all.flatMap((said) =>
    wordsWith(said.entry.text, arg).map((word) => ({ ...said, word })),
  );
  const said =
    saying.find(({ word }) => word === file.name) ??
    saying.find(({ word }) => isReference(word)) ??
    all.find(({ key }) => key === file.kind);
  if (said === undefined) return { place: { path: "jail.conf" }, isPassedOn: false };
  const { section, key, entry, word } = said;
  return {
    place: { path: entry.path, line: lineOf(entry, arg), key: `${section}.${key}` },
    isPassedOn: (section === "DEFAULT" && key !== file.kind) || isReference(word),
  };
}

/** Returns the line with the argument, in a value of several lines. */
function lineOf({ text, line, lines }: IniEntry, arg: string): number {
  const at = text.split("\n").findIndex((one) => one.includes(`${arg}=`));
  return lines?.[at] ?? line;
}

interface SaidOption {
  readonly section: string;
  readonly key: string;
  readonly entry: IniEntry;
  /** The word before the brackets with the argument. */
  readonly word: string;
}

function isReference(word: string): boolean {
  return word.endsWith(")s");
}

function wordsWith(text: string, arg: string): readonly string[] {
  return [...text.matchAll(ARGUMENTS)].flatMap(({ groups }) => {
    const { word = "", args = "" } = groups ?? {};
    return args.match(KEYS)?.includes(arg) === true ? [word] : [];
  });
}

const ARGUMENTS = /(?<word>[^\s[\]]+)\s*(?<args>(?:\[[^\]]*\]\s*)+)/g;
const KEYS = /(?<=[[,]\s*)[\w.-]+(?:\?[\w.-]+=[\w.-]+)?(?==)/g;

function shorten(text: string): string {
  const [first = ""] = text.split("\n");
  return first.length > 60 ? `${first.slice(0, 60)}…` : first;
}
