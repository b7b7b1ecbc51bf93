/** Parses and formats patterns for tests, written only from docs/filters.md. */

export type Part =
  | { readonly is: "text"; readonly text: string }
  /** `type` includes the characters of "until=" and "unescaped=". */
  | { readonly is: "field"; readonly name: string; readonly type: string }
  | { readonly is: "skip" }
  | { readonly is: "optional"; readonly parts: readonly Part[] }
  | { readonly is: "choice"; readonly branches: readonly (readonly Part[])[] };

/** Formats parts as a pattern. */
export function spell(parts: readonly Part[]): string {
  return parts
    .map((part) => {
      switch (part.is) {
        case "text":
          return part.text;
        case "field":
          return `{${part.name}:${part.type}}`;
        case "skip":
          return "{*}";
        case "optional":
          return `{?${spell(part.parts)}}`;
        case "choice":
          return `{${part.branches.map(spell).join("|")}}`;
      }
    })
    .join("");
}

const FIELD = /\{(?<name>\*|\w+)(?::(?<type>(?:until|unescaped)=(?:\{[{}|]\}|[^{}|])+|[a-z]+))?\}/y;
const BRACES: Readonly<Record<string, string>> = { "{|}": "|", "{}}": "}", "{{": "{", "}}": "}" };
const TYPES = ["ip", "endpoint", "host", "word", "int", "text", "name", "short", "quoted"];
const OTHER_TYPES: Readonly<Record<string, string>> = {
  ...{ user: "text", time: "text" },
  ...{ port: "int", pid: "int", count: "int" },
};

/** Parses a pattern. */
export function parseNaive(pattern: string): readonly Part[] {
  const [parts, end] = parseUpTo(pattern, 0, "end");
  if (end < pattern.length) throw new Error(`not understood: ${pattern.slice(end)}`);
  return parts;
}

type Parsed<T> = readonly [T, end: number];

function parseUpTo(pattern: string, from: number, stop: "end" | "group"): Parsed<readonly Part[]> {
  const parts: Part[] = [];
  let text = "";
  let at = from;
  const flush = (): void => {
    if (text !== "") parts.push({ is: "text", text });
    text = "";
  };
  while (at < pattern.length) {
    const char = pattern.charAt(at);
    if (stop === "group" && (char === "|" || char === "}")) break;
    const written = Object.keys(BRACES).find((braces) => pattern.startsWith(braces, at));
    if (written !== undefined || char !== "{") {
      text += written === undefined ? char : (BRACES[written] ?? "");
      at += written?.length ?? 1;
      continue;
    }
    flush();
    const [part, end] = parseField(pattern, at) ?? parseGroup(pattern, at);
    parts.push(part);
    at = end;
  }
  flush();
  return [parts, at];
}

function parseField(pattern: string, at: number): Parsed<Part> | undefined {
  FIELD.lastIndex = at;
  const { name, type } = FIELD.exec(pattern)?.groups ?? {};
  if (name === undefined) return undefined;
  if (name === "*" && type === undefined) return [{ is: "skip" }, FIELD.lastIndex];
  const usual = TYPES.includes(name) ? name : (OTHER_TYPES[name] ?? "word");
  const plain = type?.replaceAll(/\{([{}|])\}/g, "$1") ?? usual;
  return [{ is: "field", name, type: plain }, FIELD.lastIndex];
}

function parseGroup(pattern: string, from: number): Parsed<Part> {
  const isOptional = pattern.charAt(from + 1) === "?";
  const branches: (readonly Part[])[] = [];
  let at = from + (isOptional ? 1 : 0);
  do {
    const [branch, end] = parseUpTo(pattern, at + 1, "group");
    branches.push(branch);
    at = end;
  } while (pattern.charAt(at) === "|");
  const [only = []] = branches;
  const choice: Part = { is: "choice", branches };
  if (!isOptional) return [choice, at + 1];
  return [{ is: "optional", parts: branches.length === 1 ? only : [choice] }, at + 1];
}
