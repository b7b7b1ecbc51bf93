/** Parses the types of the page, and compares values with them: missing fields, additional fields, and wrong types. */

type Type =
  | { readonly kind: "basic"; readonly name: string }
  | { readonly kind: "literal"; readonly value: unknown }
  | { readonly kind: "list"; readonly of: Type }
  | { readonly kind: "union"; readonly of: readonly Type[] }
  | { readonly kind: "object"; readonly fields: ReadonlyMap<string, Field>; readonly more: boolean }
  | { readonly kind: "named"; readonly name: string; readonly field?: string };

interface Field {
  readonly type: Type;
  readonly isOptional: boolean;
}

export type Shapes = ReadonlyMap<string, Type>;

const TOKEN = /"[^"]*"|\w+|[{}[\]();:|?=]/g;
const BASIC: ReadonlySet<string> = new Set(["string", "number", "boolean", "null", "unknown"]);

export function parseShapes(text: string): Shapes {
  const reader = new Reader(text.replace(/\/\*\*[^]*?\*\//g, "").match(TOKEN) ?? []);
  const shapes = new Map<string, Type>();
  while (!reader.isAtEnd()) {
    const word = reader.take();
    const name = reader.take();
    if (word === "type") {
      reader.expect("=");
      shapes.set(name, reader.type());
      reader.expect(";");
      continue;
    }
    if (word !== "interface") throw new Error(`the page declares a ${word}`);
    const base = reader.accept("extends") ? shapes.get(reader.take()) : undefined;
    const inherited = base?.kind === "object" ? base.fields : [];
    const own = reader.object();
    shapes.set(name, { ...own, fields: new Map([...inherited, ...own.fields]) });
  }
  return shapes;
}

class Reader {
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  isAtEnd(): boolean {
    return this.#at >= this.#tokens.length;
  }

  take(): string {
    const token = this.#tokens[this.#at++];
    if (token === undefined) throw new Error("the shapes end within one");
    return token;
  }

  accept(token: string): boolean {
    const isNext = this.#tokens[this.#at] === token;
    if (isNext) this.#at++;
    return isNext;
  }

  expect(token: string): void {
    const found = this.take();
    if (found === token) return;
    const around = this.#tokens.slice(Math.max(0, this.#at - 12), this.#at).join(" ");
    throw new Error(`expected ${token} at the end of: ${around}`);
  }

  object(): Extract<Type, { readonly kind: "object" }> {
    this.expect("{");
    const fields = new Map<string, Field>();
    let more = false;
    while (!this.accept("}")) {
      if (this.accept("[")) {
        while (!this.accept("]")) this.take();
        more = true;
        this.expect(":");
        this.type();
      } else {
        const name = this.take();
        const isOptional = this.accept("?");
        this.expect(":");
        fields.set(name, { type: this.type(), isOptional });
      }
      this.accept(";");
    }
    return { kind: "object", fields, more };
  }

  type(): Type {
    this.accept("|");
    const of = [this.#one()];
    while (this.accept("|")) of.push(this.#one());
    const [only] = of;
    return of.length === 1 && only !== undefined ? only : { kind: "union", of };
  }

  #one(): Type {
    let type = this.#plain();
    while (this.accept("[")) {
      if (this.accept("]")) {
        type = { kind: "list", of: type };
        continue;
      }
      const field = JSON.parse(this.take());
      this.expect("]");
      if (type.kind !== "named") throw new Error(`the field ${field} of no shape`);
      type = { ...type, field };
    }
    return type;
  }

  #plain(): Type {
    if (this.#tokens[this.#at] === "{") return this.object();
    if (this.accept("(")) {
      const type = this.type();
      this.expect(")");
      return type;
    }
    const token = this.take();
    if (token.startsWith('"')) return { kind: "literal", value: JSON.parse(token) };
    if (token === "true" || token === "false") return { kind: "literal", value: token === "true" };
    return BASIC.has(token) ? { kind: "basic", name: token } : { kind: "named", name: token };
  }
}

/** One sentence for each difference from the page, including undocumented fields. */
export function findFaults(value: unknown, type: Type, shapes: Shapes, at = ""): readonly string[] {
  switch (type.kind) {
    case "basic":
      return isBasic(value, type.name) ? [] : [`${at}: ${show(value)} is no ${type.name}`];
    case "literal":
      return value === type.value ? [] : [`${at}: ${show(value)} is not ${show(type.value)}`];
    case "list":
      if (!Array.isArray(value)) return [`${at}: ${show(value)} is no list`];
      return value.flatMap((item, i) => findFaults(item, type.of, shapes, `${at}[${i}]`));
    case "union": {
      const tried = type.of.map((one) => findFaults(value, one, shapes, at));
      return tried.some((faults) => faults.length === 0) ? [] : tried.flat();
    }
    case "named":
      return findFaults(value, resolve(type, shapes), shapes, at);
    case "object":
      return findFieldFaults(value, type, shapes, at);
  }
}

function findFieldFaults(
  value: unknown,
  { fields, more }: Extract<Type, { readonly kind: "object" }>,
  shapes: Shapes,
  at: string,
): readonly string[] {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return [`${at}: ${show(value)} is no object`];
  const present = new Map(Object.entries(value));
  const unlisted = more ? [] : [...present.keys()].filter((name) => !fields.has(name));
  return [
    ...unlisted.map((name) => `${at}.${name} is not on the page`),
    ...[...fields].flatMap(([name, { type, isOptional }]) => {
      if (present.has(name)) return findFaults(present.get(name), type, shapes, `${at}.${name}`);
      return isOptional ? [] : [`${at}.${name} is missing`];
    }),
  ];
}

export function namedShape(name: string): Type {
  return { kind: "named", name };
}

function resolve({ name, field }: Extract<Type, { readonly kind: "named" }>, shapes: Shapes): Type {
  const shape = shapes.get(name);
  if (shape === undefined) throw new Error(`the page does not say what a ${name} is`);
  if (field === undefined) return shape;
  const inner = shape.kind === "object" ? shape.fields.get(field) : undefined;
  if (inner === undefined) throw new Error(`${name} has no field ${field}`);
  return inner.type;
}

function isBasic(value: unknown, name: string): boolean {
  if (name === "unknown") return true;
  return name === "null" ? value === null : typeof value === name;
}

function show(value: unknown): string {
  return (JSON.stringify(value) ?? "nothing").slice(0, 80);
}
