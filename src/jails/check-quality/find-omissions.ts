/**
 * Finds statements that a shipped filter must have but does not need to work. These are evidence, senders that the
 * journal proves, and complete expectations of samples.
 */
import type { FilterDefinition } from "../../domain/filter-definition.ts";
import { parseIp } from "../../domain/ip.ts";
import { parseSubject, subjectContains } from "../../domain/cidr.ts";
import type { Problem } from "../../domain/problem.ts";
import type { Filter } from "../../parse/filter/compile-filter.ts";
import { provesSender } from "../../source/journal/journal-sender.ts";
import { routeLines } from "./route-lines.ts";
import { ruleProblem, showLine } from "./rule-problem.ts";

export function findOmissions(definition: FilterDefinition, filter: Filter): readonly Problem[] {
  return [
    ...withoutEvidence(definition),
    ...withoutPlace(definition),
    ...unprovenSenders(definition),
    ...realAddresses(definition),
    ...vagueSamples(definition, filter),
  ];
}

function withoutEvidence(definition: FilterDefinition): readonly Problem[] {
  return definition.rules
    .filter(({ evidence, location }) => evidence === undefined && location === undefined)
    .map((rule) =>
      ruleProblem(definition, rule, {
        got: `rule "${rule.id}" without evidence`,
        expected: 'the source of its form, as in evidence = "auth.c of OpenSSH 9.9"',
        hint: "the service's source file and version, its documentation, or an instance you ran",
      }),
    );
}

function withoutPlace({ path, files, journal, description }: FilterDefinition): readonly Problem[] {
  return [
    ...(files.length > 0 || journal.length > 0
      ? []
      : [
          {
            path,
            got: "neither files nor journal",
            expected: 'where the service logs, as in files = ["/var/log/app.log"]',
          },
        ]),
    ...(description === ""
      ? [{ path, key: "description", got: "none", expected: "the service's name" }]
      : []),
  ];
}

function unprovenSenders({ path, journal }: FilterDefinition): readonly Problem[] {
  return journal.flatMap((match, i) =>
    provesSender(match.trim().split(/ +/))
      ? []
      : [
          {
            ...{ path, key: `journal.${i}`, got: JSON.stringify(match) },
            expected: "a field that proves the sender, such as _SYSTEMD_UNIT=… or _UID=0",
            hint: "any local process can choose its _COMM and SYSLOG_IDENTIFIER",
          },
        ],
  );
}

/** Networks for documentation (RFC 5737, RFC 3849). */
const DOCUMENTATION = ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32"];
/** Addresses that do not identify a host. */
const NON_HOST_ADDRESSES = ["127.0.0.0/8", "0.0.0.0", "::", "::1"];
const ADDRESS =
  /(?<![\w.:])(?:(?:\d{1,3}\.){3}\d{1,3}|[0-9a-f]*:[0-9a-f]*:[0-9a-f:.]*[0-9a-f:])(?![\w.])/gi;

function realAddresses({ path, samples }: FilterDefinition): readonly Problem[] {
  const allowed = [...DOCUMENTATION, ...NON_HOST_ADDRESSES].flatMap(
    (text) => parseSubject(text) ?? [],
  );
  return samples.flatMap(({ line, location }, i): readonly Problem[] => {
    const real = (line.match(ADDRESS) ?? []).find((text) => {
      const ip = parseIp(text);
      return ip !== undefined && !allowed.some((network) => subjectContains(network, ip));
    });
    if (real === undefined) return [];
    const place = location ?? { path, key: `sample.${i}` };
    return [{ ...place, got: real, expected: `an address of ${DOCUMENTATION.join(", ")}` }];
  });
}

/** Finds samples of failures that omit an address or user that the rule reads. */
function vagueSamples(definition: FilterDefinition, filter: Filter): readonly Problem[] {
  const { path, samples } = definition;
  const { matches } = routeLines(
    [filter],
    samples.map(({ line }) => line),
  );
  return samples.flatMap(({ line, expect, location }, i): readonly Problem[] => {
    const match = matches[0]?.[i];
    if (expect.kind === "none" || match?.kind !== "failure") return [];
    const { ip, user } = match;
    const left = [
      ...(ip !== undefined && expect.ip === undefined ? [`ip = "${ip}"`] : []),
      ...(user !== undefined && expect.user === undefined
        ? [`user = ${JSON.stringify(user)}`]
        : []),
    ];
    if (left.length === 0) return [];
    const place = location ?? { path, key: `sample.${i}` };
    return [
      {
        ...{ path: place.path, key: `${place.key}.expect` },
        got: `no ${left.map((one) => one.split(" ")[0]).join(" and no ")} for ${showLine(line)}`,
        expected: left.join(", "),
      },
    ];
  });
}
