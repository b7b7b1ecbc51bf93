/** Checks across all files that the enforcers that jails name exist, are complete, and do not share a place. */
import { didYouMean } from "../domain/did-you-mean.ts";
import type { CheckedDocument, CrossMistake } from "./check-document.ts";
import { type Config, usedEnforcers } from "./config.ts";
import { ENFORCER_KINDS, type EnforcerConfig } from "./enforcers/enforcer-kinds.ts";
import { AUTO } from "./enforcers/auto.ts";
import { MEMORY } from "./enforcers/memory.ts";
import { isMisread, lastDocumentOf, missingKeys } from "./missing-keys.ts";
import { quote } from "./kinds/describe-value.ts";
import type { Mistake } from "./kinds/kind.ts";
import { choiceKind } from "./kinds/plain-kinds.ts";

export function crossCheckEnforcers(
  config: Config,
  documents: readonly Pick<CheckedDocument, "settings" | "enforcers" | "mistakes">[],
): readonly CrossMistake[] {
  const known = [AUTO, ...config.enforcers.map(({ name }) => name), MEMORY];
  // A table with a mistake is not used, and must not be reported as missing as well.
  const misread = new Set(
    documents.flatMap(({ mistakes }) =>
      mistakes.flatMap(({ path }) => (path[0] === "enforcers" ? [path[1]] : [])),
    ),
  );
  const unknown = documents.flatMap(({ settings }, document) =>
    settings.flatMap(({ path, value }): readonly CrossMistake[] => {
      if (path.at(-1) !== "enforcer" || !Array.isArray(value)) return [];
      const missing: unknown = value.find((name) => !known.includes(name) && !misread.has(name));
      if (typeof missing !== "string") return [];
      return [{ document, mistake: { path, at: "value", ...unknownEnforcer(missing, known) } }];
    }),
  );
  return [
    ...unknown,
    ...config.enforcers.flatMap((enforcer) =>
      missingKeys("enforcers", enforcer, ENFORCER_KINDS[enforcer.kind].keys, documents),
    ),
    ...config.enforcers.flatMap((enforcer) => unsuitableSets(enforcer, documents)),
    ...sharedPlaces(config, documents),
  ];
}

/** Reports an nftables-set without any set, or with a set whose family its table never sees. */
function unsuitableSets(
  enforcer: EnforcerConfig,
  documents: readonly Pick<CheckedDocument, "enforcers" | "mistakes">[],
): readonly CrossMistake[] {
  if (enforcer.kind !== "nftables-set") return [];
  const { name, settings } = enforcer;
  const { table, set_ipv4, set_ipv6 } = settings;
  const document = lastDocumentOf("enforcers", name, documents);
  if (isMisread(["enforcers", name], documents) || table === undefined) return [];
  const report = (path: readonly string[], got: string, expected: string): CrossMistake => ({
    document,
    mistake: { path: ["enforcers", name, ...path], at: "key", got, expected },
  });
  const none = `[enforcers.${name}] without set_ipv4 and set_ipv6`;
  if (set_ipv4 === undefined && set_ipv6 === undefined)
    return [report([], none, "one or both of them")];
  const foreign = table.startsWith("ip ") && set_ipv6 !== undefined ? "set_ipv6" : undefined;
  const other = table.startsWith("ip6 ") && set_ipv4 !== undefined ? "set_ipv4" : foreign;
  if (other === undefined) return [];
  const got = `${other} in table ${quote(table)}`;
  return [report([other], got, "a table of family inet, or another enforcer for this family")];
}

function unknownEnforcer(
  name: string,
  known: readonly string[],
): Pick<Mistake, "got" | "expected" | "hint"> {
  const near = didYouMean(name, known);
  const hint =
    near === undefined
      ? `to define it, add a table [enforcers.${name}] with a kind`
      : `did you mean "${near}"?`;
  return { got: quote(name), expected: choiceKind.describe({ of: known }), hint };
}

/** Reports two used enforcers that would delete each other's blocks. */
function sharedPlaces(
  config: Config,
  documents: readonly Pick<CheckedDocument, "enforcers">[],
): readonly CrossMistake[] {
  const first = new Map<string, EnforcerConfig>();
  return usedEnforcers(config).flatMap((enforcer): readonly CrossMistake[] => {
    const other = first.getOrInsert(enforcer.place, enforcer);
    if (other === enforcer) return [];
    const { name, kind } =
      [enforcer, other].find((one) => lastDocumentOf("enforcers", one.name, documents) >= 0) ??
      other;
    const distinct = ENFORCER_KINDS[kind].place.join(", ");
    const hint =
      distinct === ""
        ? "a host has one enforcer of this kind: name the same one in all jails"
        : `name the same one in all jails, or give them different values of ${distinct}`;
    const got = `enforcers ${quote(other.name)} and ${quote(enforcer.name)} in the same place`;
    const expected = "one enforcer for each place, because two would delete each other's bans";
    return [
      {
        document: lastDocumentOf("enforcers", name, documents),
        mistake: { path: ["enforcers", name], at: "key", got, expected, hint },
      },
    ];
  });
}
