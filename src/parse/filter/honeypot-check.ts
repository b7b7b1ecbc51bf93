/**
 * Decides whether a request is for a path that a jail lists as a honeypot, or for one below it, however the client
 * spelled it: a complete URL, repeated slashes, "." and "..", characters as %XX or as \xXX, which is how servers log
 * unusual ones. Upper and lower case differ, unless the service ignores that.
 */
import type { HoneypotPaths, RuleDefinition } from "../../domain/filter-definition.ts";
import type { HoneypotRule } from "./captures.ts";

const SCHEME_AND_HOST = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i;
const ESCAPE = /(?:%|\\x)([0-9a-f]{2})/gi;

/** Returns the check of a rule, if these capture groups contain the target of the request. */
export function honeypotOf(
  { honeypot }: Pick<RuleDefinition, "honeypot">,
  groups: readonly number[],
): HoneypotRule {
  if (honeypot === undefined || groups.length === 0) return {};
  return { honeypot: { groups, check: createHoneypotCheck(honeypot) } };
}

/** Returns a function that says whether the target of a request is a honeypot. */
export function createHoneypotCheck({
  paths,
  ignoreCase,
}: HoneypotPaths): (target: string) => boolean {
  const segmentsOf = (target: string): readonly string[] => {
    const segments = normalize(target);
    return ignoreCase ? segments.map((segment) => segment.toLowerCase()) : segments;
  };
  // The root is what everybody requests.
  const listed = paths.map(segmentsOf).filter((segments) => segments.length > 0);
  const honeypots = new Set(listed.map((segments) => segments.join("/")));
  const depths = [...new Set(listed.map((segments) => segments.length))];
  return (target) => {
    const segments = segmentsOf(target);
    return depths.some(
      (depth) => depth <= segments.length && honeypots.has(segments.slice(0, depth).join("/")),
    );
  };
}

/** Returns the segments of the path of a request target. Characters beyond ASCII are their bytes in UTF-8. */
function normalize(target: string): readonly string[] {
  const [path = ""] = target.replace(SCHEME_AND_HOST, "").split(/[?#]/, 1);
  const segments: string[] = [];
  for (const segment of decode(path).split("/"))
    if (segment === "..") segments.pop();
    else if (segment !== "" && segment !== ".") segments.push(segment);
  return segments;
}

function decode(path: string): string {
  const bytes = Buffer.from(path, "utf8").toString("latin1");
  return bytes.replace(ESCAPE, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
}
