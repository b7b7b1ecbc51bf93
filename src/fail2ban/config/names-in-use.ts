/**
 * Finds the names that the files of a jail refer to. Forms: `%(name)s`, `<name>`, and `<begin<tag>>`, which refers to
 * any name with that beginning.
 */
import type { Layers } from "./layers.ts";
import type { IniSection } from "./parse-ini.ts";

export interface NamesInUse {
  has(name: string): boolean;
  readonly names: ReadonlySet<string>;
}

const REFERENCE = /%\((?:[\w-]+\/)?(?<python>[^)]+)\)s|<(?:[\w-]+\/)?(?<tag>[\w.?=-]+)>/gi;
const BEGINNING = /<(?:[\w-]+\/)?(?<beginning>[\w.-]*)</g;

export function namesInUse(users: readonly Layers[], more: Iterable<string> = []): NamesInUse {
  const texts = [...users.flatMap(textsOf), ...more];
  const names = new Set(texts.flatMap(namesIn));
  const beginnings = texts.flatMap(beginningsIn);
  const has = (name: string): boolean =>
    names.has(name) || beginnings.some((one) => name.startsWith(one));
  return { has, names };
}

/**
 * Adds arguments of a file to the names in use. The value of an argument only counts if the file refers to the
 * argument, so that `chain=<known/chain>` alone does not make `chain` a used name.
 */
export function namesInUseWith(
  file: Layers,
  args: ReadonlyMap<string, string>,
  /** Arguments that are options, so they need no reference. */
  options: readonly string[],
): NamesInUse {
  const values = new Map(args);
  const counted: string[] = [];
  for (;;) {
    const used = namesInUse([file], counted);
    const more = [...values].filter(
      ([key]) => options.includes(nameOf(key)) || used.has(nameOf(key)),
    );
    if (more.length === 0) return used;
    for (const [key, value] of more) {
      values.delete(key);
      counted.push(value);
    }
  }
}

/** Returns the name of a key without its condition: `port` for `port?family=inet6`. */
function nameOf(key: string): string {
  return key.toLowerCase().split("?")[0] ?? key;
}

function textsOf({ sections, defaults, known }: Layers): readonly string[] {
  const all: readonly IniSection[] = [...sections.values(), ...known.values(), defaults];
  return all.flatMap((section) => [...section.values()].map(({ text }) => text));
}

function namesIn(text: string): readonly string[] {
  return [...text.matchAll(REFERENCE)].map(({ groups }) =>
    (groups?.["python"] ?? groups?.["tag"] ?? "").toLowerCase(),
  );
}

function beginningsIn(text: string): readonly string[] {
  return [...text.matchAll(BEGINNING)].flatMap(({ groups }) => groups?.["beginning"] || []);
}
