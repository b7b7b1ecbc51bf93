/**
 * Finds lines in which a client could choose the address that a trusted proxy seems to have forwarded. The forged lines
 * contain a copy of the line with another address in each text except the forwarded address, and a forged header, to
 * which the proxy appends the client's address.
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

/** Headers that a client may send; the proxy appends the client's address to them. */
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

/** Returns the client that a jail with PROXY as trusted proxy would find. */
function clientOf(list: string | undefined): string | undefined {
  const peer = parseIp(PROXY);
  const found = peer && findClient(peer, TRUSTED, () => list);
  return found?.kind === "client" ? found.ip : undefined;
}

type ForgedLine = Pick<Forgery, "line" | "truth">;

function forgeLines({ forwarded_line: patterns = [] }: FilterDefinition): readonly ForgedLine[] {
  return patterns.flatMap((pattern) => {
    const parts = parsePattern(pattern);
    return parts.ok ? forge(parts.value) : [];
  });
}

/** Forges headers in samples that show forwarded addresses. Their last hop is what the proxy appended. */
function forgeHeaders({ samples }: FilterDefinition, filter: Filter): readonly ForgedLine[] {
  return samples.flatMap(({ line, expect }): readonly ForgedLine[] => {
    if (expect.kind === "none" || expect.forwarded === undefined) return [];
    const { forwarded } = expect;
    const honest = line.replaceAll(forwarded, TRUTH);
    // Skips samples whose header is spread over several fields, which no single text replaces.
    if (filter.forwarded?.(honest) !== TRUTH) return [];
    const headers = HEADERS.map((header) => escapeIn(line, `${header}, ${TRUTH}`));
    return [
      ...headers.map((header) => honest.replaceAll(TRUTH, header)),
      ...forgeValues(honest),
    ].map((forged) => ({ line: forged, truth: TRUTH }));
  });
}

/** Escapes a text as the writer of the line does. */
function escapeIn(line: SampleDefinition["line"], text: string): string {
  return isRecord(parseJson(line))
    ? JSON.stringify(text).slice(1, -1)
    : text.replaceAll('"', "\\x22");
}

/** Returns a JSON line in which every other text is a copy of the line with another address. */
function forgeValues(line: string): readonly string[] {
  const root = parseJson(line);
  if (!isRecord(root)) return [];
  const payload = line.replaceAll(TRUTH, VICTIM);
  const isOther = (value: unknown): value is string => typeof value === "string" && value !== TRUTH;
  const forged = JSON.stringify(root, (_, value: unknown) => (isOther(value) ? payload : value));
  return [forged];
}
