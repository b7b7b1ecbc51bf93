/**
 * Drafts rules from access logs in the common and the combined format, also with a virtual host before the address.
 * Groups requests by status, by the path of a login form, and by whether they name an account.
 */
import { parseIp } from "../../../domain/ip.ts";
import type { MinedShape } from "../message-miner.ts";
import { sampleOf } from "../shape-pattern.ts";
import {
  type FieldPiece,
  fieldPieces,
  formatFields,
  type ListedField,
  tokenizeFields,
} from "./field-list.ts";
import { type Candidate, draftRule, draftSample, type LineForm } from "./line-form.ts";

interface Access {
  readonly hasHost: boolean;
  readonly client: string;
  readonly user: string;
  readonly method: string;
  readonly path: string;
  readonly status: string;
  readonly hasAgent: boolean;
}

const ACCESS =
  /^(?:([^ "]+) )?([^ "]+) - ([^"]{1,200}?) \[[^\]"]{10,40}\] "((?:[^"\\]|\\.)*)" (\d{3}) (.*)$/;

function readAccess(message: string): Access | undefined {
  const [whole, host, client = "", user = "", request = "", status = "", rest = ""] =
    ACCESS.exec(message) ?? [];
  if (whole === undefined || parseIp(client) === undefined) return undefined;
  const [method = "", path = ""] = request.split(" ", 2);
  const hasAgent = rest.includes('"');
  return { hasHost: host !== undefined, client, user, method, path, status, hasAgent };
}

/** Paths of login forms and of interfaces for logins. */
const LOGIN_PATH = /^\/[\w./-]{0,79}?(?:log-?in|log-?on|sign-?in|auth|session)[\w./-]{0,40}$/i;

export function createAccessForm(messages: readonly string[]): LineForm {
  const read = messages.map(readAccess).filter((one) => one !== undefined);
  const layout: AccessLayout = {
    hasHost: read.filter(({ hasHost }) => hasHost).length * 2 > read.length,
    hasAgent: read.filter(({ hasAgent }) => hasAgent).length * 2 > read.length,
  };
  return {
    name: "access log",
    reduce(message) {
      const access = readAccess(message);
      return access?.hasHost === layout.hasHost ? formatFields(fieldsOf(access)) : undefined;
    },
    tokenize: tokenizeFields,
    failureWords: (shape) => {
      const { status, user, post } = kindOf(shape);
      return status === "401" && (user || post !== undefined) ? ["401"] : [];
    },
    idText: (shape) => {
      const { status, user, post } = kindOf(shape);
      const named = post ?? (user ? "account" : "no account");
      return `${named} ${STATUS_WORDS.get(status) ?? "status"}`;
    },
    candidates: (shape, { id, is }) => candidatesOf(shape, { id, is, layout }),
    benignLine(shape) {
      const kind = kindOf(shape);
      // The rule for requests without credentials has this sample.
      if (isChallenge(kind)) return undefined;
      return accessLine(kind, layout);
    },
    precision: (shape) => {
      const { user, post } = kindOf(shape);
      return post === undefined ? (user ? 0 : 1) : 1 + post.length;
    },
  };
}

const STATUS_WORDS: ReadonlyMap<string, string> = new Map([
  ["400", "bad request"],
  ["401", "unauthorized"],
  ["403", "forbidden"],
  ["404", "not found"],
  ["429", "too many"],
]);

interface AccessLayout {
  readonly hasHost: boolean;
  /** Whether lines end with referer and user agent. */
  readonly hasAgent: boolean;
}

function fieldsOf({ client, user, method, path, status }: Access): readonly ListedField[] {
  const [page = ""] = path.split("?", 1);
  const post = method === "POST" && LOGIN_PATH.test(page) ? page : undefined;
  return [
    { key: "status", kind: "literal", value: status },
    ...(post === undefined ? [] : [{ key: "POST", kind: "literal", value: post } as const]),
    { key: "client", kind: "address", value: client },
    // A login form names no account, so its lines differ in nothing else.
    ...(post !== undefined || user === "-"
      ? []
      : [{ key: "user", kind: "name", value: user } as const]),
  ];
}

interface AccessKind {
  readonly status: string;
  readonly user: boolean;
  /** Path of a login form. */
  readonly post: string | undefined;
}

function kindOf(shape: MinedShape): AccessKind {
  const pieces = fieldPieces(shape);
  const value = (name: string): FieldPiece["template"] | undefined =>
    pieces.find(({ key }) => key === name)?.template;
  return { status: value("status") ?? "", user: value("user") !== undefined, post: value("POST") };
}

/** A request without credentials is answered with 401 before a browser asks for them: it is no failed login. */
function isChallenge({ status, user, post }: AccessKind): boolean {
  return status === "401" && !user && post === undefined;
}

function candidatesOf(
  shape: MinedShape,
  { id, is, layout }: Parameters<LineForm["candidates"]>[1] & { readonly layout: AccessLayout },
): readonly Candidate[] {
  const sample = sampleOf(shape, tokenizeFields);
  if (sample === undefined) return [];
  const kind = kindOf(shape);
  const own: Candidate = {
    rules: [draftRule({ id, is }, { kind: "line", patterns: [patternOf(kind, layout)] })],
    samples: [
      draftSample(accessLine(kind, layout), id, {
        ip: CLIENT,
        user: kind.user ? "alice" : undefined,
      }),
    ],
  };
  if (!kind.user) return [own];
  // The account is "-" where the client sent none, which the pattern of an account matches too.
  const without = { ...kind, user: false };
  const other = `no-${id}`;
  const neutral = {
    ...draftRule(
      { id: other, is: "neutral" },
      { kind: "line", patterns: [patternOf(without, layout)] },
    ),
    evidence: "documentation of mod_log_config (%u) and of nginx ($remote_user): no account is -",
  };
  const unnamed = draftSample(accessLine(without, layout), other, { ip: CLIENT, user: undefined });
  const both = { rules: [neutral, ...own.rules], samples: [unnamed, ...own.samples] };
  return [both, own];
}

const CLIENT = "192.0.2.7";

function patternOf({ status, user, post }: AccessKind, { hasHost }: AccessLayout): string {
  const who = post !== undefined ? '{who:until="}' : user ? '{user:until="}' : "-";
  const request = post === undefined ? "{request:quoted}" : `"POST ${post}{?{rest:until="}}"`;
  return `${hasHost ? "{vhost:word} " : ""}{ip} - ${who} [{at:until=]"}] ${request} ${status} {*}`;
}

function accessLine({ status, user, post }: AccessKind, layout: AccessLayout): string {
  const host = layout.hasHost ? "www.example.org " : "";
  const request = post === undefined ? "GET /" : `POST ${post}`;
  const agent = layout.hasAgent ? ' "-" "Mozilla/5.0"' : "";
  return `${host}${CLIENT} - ${user ? "alice" : "-"} [28/Nov/2026:09:19:59 +0100] "${request} HTTP/1.1" ${status} 162${agent}`;
}
