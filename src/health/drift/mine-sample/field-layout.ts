/**
 * Learns from all lines of a sample what each field is, by its name and its values: an address, an account, or what
 * says which event it was. Other fields are left out. Bounded by MAX_KEYS.
 */
import { parseIp } from "../../../domain/ip.ts";
import { addressRole } from "../telling-words.ts";
import type { FieldKind, ListedField } from "./field-list.ts";
import type { FieldValue, FieldValues } from "./read-fields.ts";

const MAX_KEYS = 256;

/** Last words of keys, in lowercase and without separators. */
const EVENT_KEYS: ReadonlySet<string> = new Set([
  ...["msg", "message", "event", "eventname", "eventtype", "eventid", "action", "outcome"],
  ...["result", "reason", "error", "err", "errormessage", "status", "statuscode", "responsecode"],
  ...["code", "logger", "success", "authenticated", "type", "category", "operation", "detail"],
]);
const NAME_KEYS: ReadonlySet<string> = new Set([
  ...["user", "username", "userid", "account", "accountname", "login", "loginname", "email"],
  ...["principal", "identity"],
]);

/** Part of a key that says that an address is not the client's. */
const OTHER_SIDE =
  /(?:^|[^a-z])(?:server|local|listen|dest|destination|dst|target|upstream|backend)(?:[^a-z]|$)/i;

interface KnownField {
  isAddress: boolean;
  hasPort: boolean;
  isEverEmpty: boolean;
  /** Key of an earlier address that was the same in every line so far. */
  sameAs: string | undefined;
}

export class FieldLayout {
  readonly #fields = new Map<string, KnownField>();

  /** Learns from one line. */
  add(values: FieldValues): void {
    for (const [key, value] of values) {
      const known = this.#fields.get(key) ?? this.#create(key, values);
      if (known === undefined || value === "") {
        if (known !== undefined) known.isEverEmpty = true;
        continue;
      }
      const address = readAddress(value);
      known.isAddress &&= address !== undefined;
      known.hasPort ||= address?.hasPort === true;
      if (known.sameAs !== undefined && values.get(known.sameAs) !== value)
        known.sameAs = undefined;
    }
  }

  #create(key: string, values: FieldValues): KnownField | undefined {
    if (this.#fields.size >= MAX_KEYS) return undefined;
    const value = values.get(key);
    const earlier = [...values.keys()].find(
      (other) => this.#fields.get(other)?.isAddress === true && values.get(other) === value,
    );
    const field = { isAddress: true, hasPort: false, isEverEmpty: false, sameAs: earlier };
    this.#fields.set(key, field);
    return field;
  }

  /** Returns the fields of a line that matter: what happened first, then who. */
  list(values: FieldValues): readonly ListedField[] {
    const listed = [...values].flatMap(([key, value]): readonly ListedField[] => {
      const kind = value === "" ? undefined : this.#kindOf(key, value);
      if (kind === undefined) return [];
      return [{ key, kind, value: String(value) }];
    });
    const isWho = ({ kind }: ListedField): boolean => kind === "address" || kind === "name";
    return [...listed.filter((field) => !isWho(field)), ...listed.filter(isWho)];
  }

  #kindOf(key: string, value: FieldValue): FieldKind | undefined {
    const known = this.#fields.get(key);
    if (known === undefined) return undefined;
    if (known.isAddress)
      return isOtherSide(key) || known.sameAs !== undefined ? undefined : "address";
    if (isNamed(key, NAME_KEYS)) return "name";
    if (!isNamed(key, EVENT_KEYS)) return undefined;
    if (typeof value === "string") return "text";
    return /^-?\d{1,6}$|^(?:true|false)$/.test(String(value)) ? "literal" : undefined;
  }

  /** Adds a port to the address of a sample where the lines have one. */
  sampleValue(key: string, value: string): string {
    const hasPort = this.#fields.get(key)?.hasPort === true && parseIp(value) !== undefined;
    return hasPort ? `${value}:40122` : value;
  }

  /** Adapts the pattern of a whole value to what the lines have shown. */
  refine(key: string, pattern: string): string {
    const known = this.#fields.get(key);
    if (pattern === "{ip}" && known?.hasPort === true) return "{ip:endpoint}";
    // Without an account, the line is another one: a request without credentials, for example.
    if (pattern.startsWith("{user") && known?.isEverEmpty === true) return '{user:until="}';
    return pattern;
  }
}

function isOtherSide(key: string): boolean {
  const words = key.replace(/([a-z])([A-Z])/g, "$1_$2");
  return OTHER_SIDE.test(words) || addressRole(`${words}: `) === "other";
}

/** Compares the last name of a key, and the last two as one: "user.name". */
function isNamed(key: string, names: ReadonlySet<string>): boolean {
  const steps = key.split(".").map((step) => step.toLowerCase().replace(/[^a-z]/g, ""));
  return names.has(steps.at(-1) ?? "") || names.has(steps.slice(-2).join(""));
}

function readAddress(value: FieldValue): { readonly hasPort: boolean } | undefined {
  if (typeof value !== "string") return undefined;
  if (parseIp(value) !== undefined) return { hasPort: false };
  const [, six, four] = /^(?:\[([^\]]+)\]|([\d.]+))(?::\d{1,5})?$/.exec(value) ?? [];
  return parseIp(six ?? four ?? "") === undefined ? undefined : { hasPort: true };
}
