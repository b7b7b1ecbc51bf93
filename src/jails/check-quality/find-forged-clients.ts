/**
 * Finds places where a client could choose the address that a trusted proxy seems to have forwarded. In every other text
 * of the line it writes copies of the rest of the line with another address, and it sends a forged header, to which the
 * proxy appends the client's address.
 */
import { findClient, createTrustedProxies } from "../../detect/trusted-proxies.ts";
import { literalSubject } from "../../domain/cidr.ts";
import type { FilterDefinition, SampleDefinition } from "../../domain/filter-definition.ts";
import { parseIp } from "../../domain/ip.ts";
import { isRecord, parseJson } from "../../domain/json.ts";
import type { Problem } from "../../domain/problem.ts";
import type { Filter } from "../../parse/filter/compile-filter.ts";
import { type Forgery, forge, TRUTH, VICTIM } from "../../parse/pattern/forge.ts";
import { parsePattern } from "../../parse/pattern/pattern.ts";
import { showLine } from "./rule-problem.ts";

const PROXY = literalSubject("198.51.100.20");
const TRUSTED = createTrustedProxies([PROXY]);

/** A header of the client before what the proxy appends. */
const HEADERS = [VICTIM, `${VICTIM}, ${PROXY}`, `for=${VICTIM};by="`, `"${VICTIM}`, "unknown", ","];

export function findForgedClients(
  definition: FilterDefinition,
  filter: Filter,
): readonly Problem[] {
  const read = filter.forwarded;
  if (read === undefined) return [];
  const forgeries = [...forgeLines(definition), ...forgeHeaders(definition, filter)];
  const wrong = forgeries.flatMap(({ line, truth }) => {
    const accused = clientOf(read(line));
    return accused === undefined || accused === truth ? [] : [{ line, truth, accused }];
  });
  return wrong.slice(0, 1).map(({ line, truth, accused }) => ({
    path: definition.path,
    key: definition.forwarded_line === undefined ? "forwarded_field" : "forwarded_line",
    got: `${accused} as the forwarded client of ${showLine(line)}`,
    expected: `${truth}, or none: the rest is a text that a client may write`,
    hint: "match the quoted texts around the field with {name:quoted}, or with {name:until=…}",
  }));
}

/** What a jail would make of it whose proxy is the peer. */
function clientOf(list: string | undefined): string | undefined {
  const peer = parseIp(PROXY);
  const found = peer && findClient(peer, TRUSTED, () => list);
  return found?.kind === "client" ? found.ip : undefined;
}

function forgeLines({ forwarded_line: patterns = [] }: FilterDefinition): readonly Forgery[] {
  return patterns.flatMap((pattern) => {
    const parts = parsePattern(pattern);
    return parts.ok ? forge(parts.value) : [];
  });
}

/** From samples that show forwarded addresses: their last hop is what the proxy appended. */
function forgeHeaders({ samples }: FilterDefinition, filter: Filter): readonly Forgery[] {
  return samples.flatMap(({ line, expect }): readonly Forgery[] => {
    if (expect.kind === "none" || expect.forwarded === undefined) return [];
    const { forwarded } = expect;
    const honest = line.replaceAll(forwarded, TRUTH);
    // A sample of a header in several fields cannot be replaced as one text.
    if (filter.forwarded?.(honest) !== TRUTH) return [];
    const headers = HEADERS.map((header) => escapeIn(line, `${header}, ${TRUTH}`));
    return [
      ...headers.map((header) => honest.replaceAll(TRUTH, header)),
      ...forgeValues(honest),
    ].map((forged) => ({ line: forged, truth: TRUTH }));
  });
}

/** As the writer of the line escapes a text. */
function escapeIn(line: SampleDefinition["line"], text: string): string {
  return isRecord(parseJson(line))
    ? JSON.stringify(text).slice(1, -1)
    : text.replaceAll('"', "\\x22");
}

/** Every other text of a JSON line is a copy of the line with another address. */
function forgeValues(line: string): readonly string[] {
  const root = parseJson(line);
  if (!isRecord(root)) return [];
  const payload = line.replaceAll(TRUTH, VICTIM);
  const isOther = (value: unknown): value is string => typeof value === "string" && value !== TRUTH;
  const forged = JSON.stringify(root, (_, value: unknown) => (isOther(value) ? payload : value));
  return [forged];
}
