/** Parses one line of a client into a request with valid input, or the reason why it is invalid. */
import * as v from "valibot";
import { MAX_DURATION } from "../domain/duration.ts";
import { LAST_INSTANT } from "../domain/instant.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import type { CommandName, Commands } from "./messages.ts";
import type { ClientHello, RequestMessage } from "./protocol.ts";
import { parseJson } from "../domain/json.ts";

/** Maximum characters of a text in an input. */
export const TEXT_LENGTH = 4096;
/** Maximum items of a list in an input. */
export const LIST_LENGTH = 10_000;
/** Maximum number of earlier bans, and of lines, in an imported ban. */
export const PAST_LENGTH = 1000;
export const LINES_LENGTH = 20;

/** Maximum number of bans before those on a page; a search narrows what is further away. */
const MAX_OFFSET = 20_000;

const text = v.pipe(v.string(), v.maxLength(TEXT_LENGTH));
/** A duration in milliseconds; limited, so that the end computed from it is a valid date. */
const length = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_DURATION));
/** An instant in milliseconds since 1970. */
const at = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(LAST_INSTANT));
const limit = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1_000_000));
const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1_000_000));
const subjects = v.pipe(v.array(text), v.maxLength(LIST_LENGTH));
const subjectOrder = v.union([text, v.pipe(subjects, v.minLength(1))]);
const nothing = v.strictObject({});
/** Matches a hash of the audit, in hexadecimal digits. */
const AUDIT_HASH = /^[0-9a-f]{64}$/;

const pastQuery = {
  subject: v.exactOptional(text),
  jail: v.exactOptional(text),
  since: v.exactOptional(at),
  by_hand: v.exactOptional(v.boolean()),
  limit,
};

type InputSchema<Input> = v.GenericSchema<unknown, Input>;

export const INPUTS: { readonly [name in CommandName]: InputSchema<Commands[name]["in"]> } = {
  status: v.strictObject({ jail: v.exactOptional(text) }),
  doctor: v.strictObject({ jail: v.exactOptional(text) }),
  drift: v.strictObject({ jail: v.exactOptional(text) }),
  add_rule: v.strictObject({ number: count, is: v.picklist(["failure", "neutral"]) }),
  verify: v.strictObject({ jail: text }),
  notify_test: v.strictObject({ channel: text }),
  support: nothing,
  bans: v.strictObject({ jail: v.exactOptional(text) }),
  find_bans: v.strictObject({
    search: v.exactOptional(text),
    jail: v.exactOptional(text),
    origin: v.exactOptional(v.picklist(["detected", "manual", "restored"])),
    sort: v.exactOptional(v.picklist(["address", "from", "until"])),
    descending: v.exactOptional(v.boolean()),
    offset: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MAX_OFFSET))),
    limit: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(500)),
  }),
  ban: v.strictObject({
    subject: subjectOrder,
    jail: v.exactOptional(text),
    for: v.exactOptional(v.union([length, v.literal("forever")])),
    reason: v.exactOptional(text),
    force: v.exactOptional(v.boolean()),
    peer: v.exactOptional(text),
  }),
  take_over: v.strictObject({
    from: text,
    bans: v.pipe(
      v.array(
        v.strictObject({
          subject: text,
          jail: text,
          at,
          until: v.nullable(at),
          failures: count,
          earlier: count,
          past: v.pipe(v.array(v.strictObject({ at, until: at })), v.maxLength(PAST_LENGTH)),
          lines: v.pipe(v.array(text), v.maxLength(LINES_LENGTH)),
        }),
      ),
      v.maxLength(LIST_LENGTH),
    ),
    peer: v.exactOptional(text),
  }),
  campaigns: v.strictObject({
    name: v.exactOptional(text),
    offset: v.exactOptional(count),
    limit: v.exactOptional(limit),
  }),
  quality: v.strictObject({}),
  reset_quality: v.strictObject({ jail: text, name: v.exactOptional(text) }),
  acknowledge: v.strictObject({ subject: v.exactOptional(text) }),
  metrics: nothing,
  breakers: nothing,
  reset_breaker: v.strictObject({ jail: v.exactOptional(text), rule: v.exactOptional(text) }),
  unban: v.strictObject({
    subjects,
    all: v.boolean(),
    jail: v.exactOptional(text),
    exact: v.exactOptional(v.boolean()),
    reason: v.exactOptional(text),
    keep_history: v.exactOptional(v.boolean()),
  }),
  undo_unban: v.strictObject({ subject: text, jail: text }),
  why: v.strictObject({ subject: text }),
  allow: v.strictObject({
    subject: subjectOrder,
    for: v.exactOptional(length),
    reason: v.exactOptional(text),
    force: v.exactOptional(v.boolean()),
  }),
  disallow: v.strictObject({ subject: subjectOrder, reason: v.exactOptional(text) }),
  allowed: v.strictObject({ jail: v.exactOptional(text) }),
  history: v.strictObject(pastQuery),
  stats: v.strictObject({
    ...{
      from: at,
      to: at,
      step: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(20_000)),
    },
    by: v.exactOptional(v.picklist(["jail", "rule"])),
    jail: v.exactOptional(text),
    top: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1000))),
  }),
  audit: v.strictObject(pastQuery),
  verify_audit: v.strictObject({ head: v.exactOptional(v.pipe(v.string(), v.regex(AUDIT_HASH))) }),
  check: nothing,
  reload: nothing,
  stop: v.strictObject({ unban: v.boolean() }),
  version: nothing,
};

/** Matches names of users for whom a program asks; they are written into the audit log. */
const USER = /^[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}$/;

const ENVELOPE = v.strictObject({
  id: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  command: v.pipe(v.string(), v.maxLength(64)),
  // The object schema would accept an array too.
  input: v.custom<object>(
    (input) => typeof input === "object" && input !== null && !Array.isArray(input),
  ),
});

const HELLO = v.object({ v: v.number(), user: v.exactOptional(v.pipe(v.string(), v.regex(USER))) });

export interface RequestProblem {
  /** null: the line has no valid id. */
  readonly id: number | null;
  readonly code: "bad-message" | "unknown-command" | "bad-input";
  readonly message: string;
}

export function parseRequest(line: string): Result<RequestMessage, RequestProblem> {
  const envelope = v.safeParse(ENVELOPE, parseJson(line));
  if (!envelope.success) {
    return fail({ id: null, code: "bad-message", message: "not a request of this protocol" });
  }
  const { id, command, input } = envelope.output;
  if (command === "follow") return ok({ id, command, input: {} });
  if (!isCommand(command)) {
    return fail({ id, code: "unknown-command", message: "no such command in this version" });
  }
  const checked = v.safeParse(INPUTS[command], input);
  if (checked.success) return ok({ id, command, input: checked.output });
  const [issue] = checked.issues;
  const place = v.getDotPath(issue) ?? "input";
  return fail({ id, code: "bad-input", message: `${command}: ${place}: ${describeIssue(issue)}` });
}

/** Describes the mistake in terms of the protocol, not of the validation library. */
function describeIssue(issue: v.BaseIssue<unknown>): string {
  const { type, received, requirement, path } = issue;
  switch (type) {
    case "max_length":
      return `longer than ${String(requirement)}`;
    case "min_length":
      return `shorter than ${String(requirement)}`;
    case "max_value":
      return `more than ${String(requirement)}`;
    case "min_value":
      return `less than ${String(requirement)}`;
    case "integer":
      return "expected a whole number";
    case "strict_object":
      return path?.at(-1)?.value === undefined && received === "undefined"
        ? "missing"
        : "unknown field";
    default:
      return received === "undefined" ? "missing" : `expected ${KINDS[type] ?? "another value"}`;
  }
}

const KINDS: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  boolean: "true or false",
  array: "a list",
  union: "a value of another type",
  literal: '"forever"',
  picklist: "another word",
};

/** Returns a client's greeting; undefined: the line is none. */
export function parseClientHello(line: string): ClientHello | undefined {
  const hello = v.safeParse(HELLO, parseJson(line));
  return hello.success ? hello.output : undefined;
}

function isCommand(name: string): name is CommandName {
  return Object.hasOwn(INPUTS, name);
}
