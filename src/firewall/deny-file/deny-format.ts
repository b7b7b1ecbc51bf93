/**
 * Renders and parses deny lists of other programs. Each entry is one line, so that a list can be read back. Pure.
 *
 * Sources: hosts_access(5), ngx_http_geo_module, ngx_http_map_module, ngx_http_access_module, HAProxy's manual on
 * map_ip, Apache's mod_authz_host, Caddy's remote_ip matcher, Traefik's ClientIP matcher and file provider.
 */
import type { FILE } from "../../config/enforcers/file.ts";
import { parseSubject, type Subject } from "../../domain/cidr.ts";
import { fail, ok, type Result } from "../../domain/result.ts";

export type DenyFormatName = (typeof FILE)["keys"]["format"]["of"][number];

export interface DenyFormat {
  /** Returns the text of a list, which begins with the marker line. */
  render(subjects: Iterable<Subject>): string;
  /** Returns the entries of a text, whatever else it contains. */
  parse(text: string): Set<Subject>;
  /** Returns whether the first line of a text is the marker, which says that bailiff wrote it. */
  isOwn(text: string): boolean;
  /** Says whether an entry may be a network. */
  readonly networks: boolean;
}

const MARKER = "Written by bailiff, which undoes changes by others.";
const PLACE = "{ip}";
/** Longer than any line of a shipped format. */
const MAX_TEMPLATE_LENGTH = 200;

interface Layout {
  readonly comment: string;
  /** One entry, with `{ip}` once. */
  readonly entry: string;
  /** What separates two entries in addition to the line break. */
  readonly join?: string;
  /** Puts the joined entries, of which there is at least one, into the rest of the file. */
  readonly frame?: (entries: string) => string;
  readonly brackets?: boolean;
  readonly networks?: boolean;
}

const LAYOUTS: Readonly<Record<DenyFormatName, Layout>> = {
  "hosts.deny": { comment: "#", entry: "ALL: {ip}", brackets: true },
  "nginx-geo": { comment: "#", entry: "{ip} 1;" },
  // A map compares text.
  "nginx-map": { comment: "#", entry: "{ip} 1;", networks: false },
  "nginx-deny": { comment: "#", entry: "deny {ip};" },
  "haproxy-map": { comment: "#", entry: "{ip} 1" },
  caddy: {
    comment: "#",
    entry: "\t{ip}",
    join: " \\",
    frame: (entries) => `@bailiff remote_ip \\\n${entries}\nabort @bailiff`,
  },
  traefik: { comment: "#", entry: "        ClientIP(`{ip}`)", join: " ||", frame: frameTraefik },
  apache: { comment: "#", entry: "Require not ip {ip}" },
  plain: { comment: "#", entry: "{ip}" },
};

/** Traefik has no list of refused addresses: routers of a high priority answer for them, one of them with TLS. */
function frameTraefik(entries: string): string {
  const router = (name: string): string =>
    `    ${name}:\n      priority: 2000000000\n      service: noop@internal\n      rule: >-\n${entries}`;
  return `http:\n  routers:\n${router("bailiff")}\n${router("bailiff-tls")}\n      tls: {}`;
}

export function shippedFormat(name: DenyFormatName): DenyFormat {
  return formatOf(LAYOUTS[name]);
}

/**
 * Returns the format of an administrator's template, one line for each entry: "drop {ip};". `comment` begins a comment
 * line.
 */
export function templateFormat(entry: string, comment: string): Result<DenyFormat, string> {
  if (entry.split(PLACE).length !== 2) return fail(`the template must contain ${PLACE} once`);
  if ([entry, comment].some((text) => /[\p{Cc}]/u.test(text.replaceAll("\t", ""))))
    return fail("the template must be a single line");
  if (entry.length + comment.length > MAX_TEMPLATE_LENGTH) return fail("the template is too long");
  if (comment.trim() === "") return fail("the comment sign must not be empty");
  if (entry.trimStart().startsWith(comment.trim())) return fail("the template is a comment");
  return ok(formatOf({ comment, entry }));
}

function formatOf({ comment, entry, join = "", frame, brackets, networks }: Layout): DenyFormat {
  const marker = `${comment} ${MARKER}`;
  const [before = "", after = ""] = entry.split(PLACE).map((part) => part.trim());
  const [start = "", end = ""] = entry.split(PLACE);
  return {
    networks: networks ?? true,
    // Of any format and comment, because the configuration may have changed since.
    isOwn: (text) => text.split("\n", 1)[0]?.trimEnd().endsWith(` ${MARKER}`) === true,
    render: (subjects) => {
      const entries = Array.from(subjects, (subject) => {
        const shown = brackets === true ? withBrackets(subject) : subject;
        return `${start}${shown}${end}`;
      });
      if (entries.length === 0) return `${marker}\n`;
      const joined = entries.join(`${join}\n`);
      return `${marker}\n${frame === undefined ? joined : frame(joined)}\n`;
    },
    parse: (text) => {
      const subjects = new Set<Subject>();
      for (const line of text.split("\n")) {
        const shown = trimEnd(line.trim(), join.trim());
        if (!shown.startsWith(before) || !shown.endsWith(after)) continue;
        const inner = shown.slice(before.length, shown.length - after.length).trim();
        const subject = parseSubject(brackets === true ? withoutBrackets(inner) : inner);
        if (subject !== undefined) subjects.add(subject);
      }
      return subjects;
    },
  };
}

function trimEnd(text: string, end: string): string {
  return end !== "" && text.endsWith(end) ? text.slice(0, -end.length).trimEnd() : text;
}

/** "[2001:db8::]/32", because a colon separates the fields of a line. */
function withBrackets(subject: Subject): string {
  if (!subject.includes(":")) return subject;
  const [ip = "", prefix] = subject.split("/");
  return prefix === undefined ? `[${ip}]` : `[${ip}]/${prefix}`;
}

function withoutBrackets(text: string): string {
  return text.replace(/^\[([^\]]*)\]/, "$1");
}
