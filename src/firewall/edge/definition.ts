/**
 * Defines what a service's definition file (edges/NAME.toml) contains, and reads it. A definition is data: requests with
 * placeholders, and where their answers have what. docs/firewalls.md explains each key.
 */
import * as v from "valibot";
import { parseToml } from "../../config/parse-toml.ts";
import type { Family } from "../../domain/ip.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { type Condition, placeholdersIn } from "./template.ts";

/** A request, whose texts may contain placeholders. */
export interface RequestTemplate {
  readonly method: string;
  /** Appended to the address of the service. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body?: unknown;
  /** What its successful answer has besides its status, instead of `errors.success`. */
  readonly success?: Condition | undefined;
}

/** Adds or removes entries. Without `success`, here or in `errors`, the list is read again to see the result. */
export interface ChangeTemplate extends RequestTemplate {
  /** One entry of `{entries}`. */
  readonly each: unknown;
  /** Maximum number of entries in a request. */
  readonly batch: number;
  /** Texts of an error that may mean that nothing is left to do: the entry exists, or is missing. The list decides. */
  readonly done: readonly string[];
  /** Whether the list is read again although the answer has `success`. */
  readonly verify: boolean;
  /** Path of the identifier of an operation that the service completes later. */
  readonly operation?: string | undefined;
}

/** A path is keys of an answer, joined by "/"; empty: the answer itself. */
export interface Definition {
  readonly title: string;
  readonly documentation: readonly string[];
  /** Says that it was not compared with the service's documentation. */
  readonly unverified: boolean;
  readonly base_url?: string | undefined;
  readonly credential: "bearer" | "basic" | "header" | "aws";
  /** Name of the header for the credential "header". */
  readonly header?: string | undefined;
  /** Name of the service in signatures of AWS. */
  readonly aws_service?: string | undefined;
  readonly capacity?: number | undefined;
  /** Prefix lengths of entries: "8-32", or "16 24 32". */
  readonly prefixes: Readonly<Record<Family, string>>;
  /** Values of `{kind}`. */
  readonly kinds?: Readonly<Record<Family | "network", string>> | undefined;
  readonly parameters: Readonly<
    Record<
      string,
      {
        readonly about: string;
        readonly optional: boolean;
        readonly default?: string | undefined;
      }
    >
  >;
  /** Further placeholders of each family, if the service keeps a list for each. */
  readonly families?: Readonly<Record<Family, Readonly<Record<string, string>>>> | undefined;
  readonly list: RequestTemplate & {
    readonly items: string;
    /** Path in an item; as are `id` and `mark`. */
    readonly address: string;
    readonly id?: string | undefined;
    readonly mark?: string | undefined;
    /** Conditions on an item, without which it blocks nothing. */
    readonly active: readonly Condition[];
    /** Further placeholders for `replace`: name -> path in the answer. */
    readonly keep: Readonly<Record<string, string>>;
    /** Path of the cursor of the next page, which is the placeholder `{cursor}`. */
    readonly cursor?: string | undefined;
    /** Path of the number of pages; `{page}` counts from 1. */
    readonly pages?: string | undefined;
  };
  readonly add?: ChangeTemplate | undefined;
  readonly remove?: ChangeTemplate | undefined;
  /** Replaces the whole list, instead of `add` and `remove`. */
  readonly replace?:
    | (RequestTemplate & {
        readonly each: unknown;
        /** Parts of an error's text that mean that the list was changed since it was read. */
        readonly conflict: readonly string[];
      })
    | undefined;
  readonly wait?:
    | (RequestTemplate & {
        readonly state: string;
        readonly done: readonly string[];
        readonly failed: readonly string[];
        readonly error?: string | undefined;
      })
    | undefined;
  readonly errors: {
    /** Paths in an answer at which the service says what is wrong. */
    readonly message: readonly string[];
    /** What a successful answer must contain besides its status. */
    readonly success?: Condition | undefined;
    /** Parts of an answer that mean too many requests. */
    readonly busy: readonly string[];
    /** Parts of an answer that mean an invalid credential. */
    readonly unauthorized: readonly string[];
  };
}

const TEXT = v.pipe(v.string(), v.minLength(1), v.maxLength(500));
const PATH = v.pipe(v.string(), v.maxLength(200));
const TEXTS = v.record(v.string(), TEXT);
const COUNT = v.pipe(v.number(), v.integer(), v.minValue(1));
const LIST = v.optional(v.array(TEXT), []);

const CONDITION = v.strictObject({
  path: PATH,
  value: v.optional(v.union([v.string(), v.boolean()])),
});
const REQUEST = {
  method: v.picklist(["GET", "POST", "PUT", "PATCH", "DELETE"]),
  path: v.optional(v.string(), ""),
  query: v.optional(TEXTS, {}),
  headers: v.optional(TEXTS, {}),
  body: v.optional(v.unknown()),
  success: v.optional(CONDITION),
};
const EACH = v.optional(v.unknown(), "{subject}");
const CHANGE = v.strictObject({
  ...REQUEST,
  each: EACH,
  batch: v.optional(COUNT, 1),
  done: LIST,
  verify: v.optional(v.boolean(), false),
  operation: v.optional(PATH),
});

const DEFINITION: v.GenericSchema<unknown, Definition> = v.strictObject({
  title: TEXT,
  documentation: v.array(TEXT),
  unverified: v.optional(v.boolean(), false),
  base_url: v.optional(TEXT),
  credential: v.picklist(["bearer", "basic", "header", "aws"]),
  header: v.optional(TEXT),
  aws_service: v.optional(TEXT),
  capacity: v.optional(COUNT),
  prefixes: v.strictObject({ ipv4: TEXT, ipv6: TEXT }),
  kinds: v.optional(v.strictObject({ ipv4: TEXT, ipv6: TEXT, network: TEXT })),
  parameters: v.optional(
    v.record(
      v.string(),
      v.strictObject({
        about: TEXT,
        optional: v.optional(v.boolean(), false),
        default: v.optional(TEXT),
      }),
    ),
    {},
  ),
  families: v.optional(v.strictObject({ ipv4: TEXTS, ipv6: TEXTS })),
  list: v.strictObject({
    ...REQUEST,
    items: PATH,
    address: v.optional(PATH, ""),
    id: v.optional(PATH),
    mark: v.optional(PATH),
    active: v.optional(v.array(CONDITION), []),
    keep: v.optional(v.record(v.string(), PATH), {}),
    cursor: v.optional(PATH),
    pages: v.optional(PATH),
  }),
  add: v.optional(CHANGE),
  remove: v.optional(CHANGE),
  replace: v.optional(v.strictObject({ ...REQUEST, each: EACH, conflict: LIST })),
  wait: v.optional(
    v.strictObject({
      ...REQUEST,
      state: PATH,
      done: v.array(TEXT),
      failed: v.array(TEXT),
      error: v.optional(PATH),
    }),
  ),
  errors: v.strictObject({
    message: v.array(PATH),
    success: v.optional(CONDITION),
    busy: LIST,
    unauthorized: LIST,
  }),
});

const OF_ENTRY = ["subject", "cidr", "address", "prefix", "family", "kind", "mark", "id"];
const OF_ENGINE = ["entries", "mark", "cursor", "page", "operation", "id"];
const MAX_PROBLEMS = 5;

/** Parses a definition. Fails with one line for each mistake. */
export function parseDefinition(path: string, text: string): Result<Definition, string> {
  const table = parseToml(path, text);
  if (!table.ok) return fail(`${path}: ${table.error.got}, expected ${table.error.expected}`);
  const parsed = v.safeParse(DEFINITION, table.value);
  if (!parsed.success) {
    const problems = parsed.issues.slice(0, MAX_PROBLEMS);
    return fail(
      problems.map((issue) => `${path}: ${v.getDotPath(issue) ?? ""}: ${issue.message}`).join("\n"),
    );
  }
  const problem = findProblem(parsed.output);
  return problem === undefined ? ok(parsed.output) : fail(`${path}: ${problem}`);
}

function findProblem(definition: Definition): string | undefined {
  const { add, remove, replace, wait, list, families, credential, header } = definition;
  const isComplete =
    replace === undefined ? add && remove : add === undefined && remove === undefined;
  if (isComplete === undefined || isComplete === false)
    return "needs either add and remove, or replace";
  if ([add, remove].some((change) => change?.operation !== undefined) && wait === undefined)
    return "an operation needs wait";
  if (credential === "header" && header === undefined)
    return 'the credential "header" needs header';
  if (parsePrefixes(definition.prefixes.ipv4) === undefined) return "prefixes.ipv4 is invalid";
  if (parsePrefixes(definition.prefixes.ipv6) === undefined) return "prefixes.ipv6 is invalid";
  const known = new Set([
    ...[...OF_ENTRY, ...OF_ENGINE, ...Object.keys(definition.parameters)],
    ...[...Object.keys(families?.ipv4 ?? {}), ...Object.keys(list.keep)],
  ]);
  const used = placeholdersIn([
    definition.base_url ?? "",
    list,
    add,
    remove,
    replace,
    wait,
    families,
  ]);
  const unknown = [...used].find((name) => !known.has(name));
  return unknown === undefined ? undefined : `{${unknown}} is not a placeholder`;
}

/** Returns a test of prefix lengths; undefined: the text is invalid. */
export function parsePrefixes(text: string): ((prefix: number) => boolean) | undefined {
  const ranges = text.split(" ").map((part) => /^(\d{1,3})(?:-(\d{1,3}))?$/.exec(part));
  if (ranges.includes(null)) return undefined;
  return (prefix) =>
    ranges.some((range) => {
      const [, first, last = first] = range ?? [];
      return prefix >= Number(first) && prefix <= Number(last);
    });
}
