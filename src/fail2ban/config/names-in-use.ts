/** Which names the files of a jail refer to: `%(name)s`, `<name>`, and `<begin<tag>>`, which may mean any that begins so. */
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
