/**
 * Finds mistakes that can only be seen across all files, such as missing filters, or jail names that differ only in
 * case.
 */
import type { JailName } from "../domain/jail-name.ts";
import { actionChecks } from "./action-checks.ts";
import type { CheckedDocument, CrossMistake } from "./check-document.ts";
import { crossCheckChannels } from "./cross-check-channels.ts";
import { crossCheckEnforcers } from "./cross-check-enforcers.ts";
import { crossCheckLists } from "./cross-check-lists.ts";
import type { Config } from "./config.ts";
import { quote } from "./kinds/describe-value.ts";
import { docPage } from "./doc-page.ts";
import { suggestFilter } from "../domain/suggest-filter.ts";
import type { KeyPath } from "./kinds/kind.ts";

/** Names that exist on the host; undefined: not checked. */
export interface HostNames {
  readonly hasGroup?: ((name: string) => boolean) | undefined;
  readonly hasUser?: ((name: string) => boolean) | undefined;
  readonly hasDirectory?: ((path: string) => boolean) | undefined;
}

export function crossChecks(
  config: Config,
  documents: readonly CheckedDocument[],
  knownFilters: readonly string[] | undefined,
  host: HostNames = {},
): readonly CrossMistake[] {
  const twins = [
    ...findTwins(documents),
    ...crossCheckChannels(config, documents),
    ...missingGroup(config, documents, host),
    ...missingOperator(config, documents, host),
    ...missingUsers(config, documents, host),
    ...actionChecks(documents),
    ...crossCheckEnforcers(config, documents),
    ...crossCheckLists(config, documents),
  ];
  if (knownFilters === undefined) return twins;
  // An invalid filter name is already reported, and is not reported again for the jail.
  const misread = new Set(
    documents.flatMap(({ mistakes }) => mistakes.map(({ path }) => join(path))),
  );
  return [
    ...twins,
    ...config.jails
      .filter(({ name, enabled, filter, source }) => {
        // A disabled jail may be prepared for a service that is not installed yet.
        if (!enabled) return false;
        // A jail without a source needs no filter.
        if (source.kind === "none" && lastWith(["jails", name, "filter"], documents) < 0)
          return false;
        return !knownFilters.includes(filter) && !misread.has(join(["jails", name, "filter"]));
      })
      .map(({ name, filter }) =>
        unknownFilter({ name, filter }, documents, {
          known: knownFilters,
          missing: missingDirectories(config, documents, host).map(({ directory }) => directory),
          directory: config.filters.directories[0] ?? "/etc/bailiff/filters",
        }),
      ),
  ];
}

/** Returns configured filter directories that do not exist. */
export function missingDirectories(
  { filters }: Config,
  documents: readonly CheckedDocument[],
  { hasDirectory }: HostNames,
): readonly { readonly document: number; readonly path: KeyPath; readonly directory: string }[] {
  const key = ["filters", "directories"];
  const document = lastWith(key, documents);
  if (document < 0 || hasDirectory === undefined) return [];
  return filters.directories.flatMap((directory, i) =>
    hasDirectory(directory) ? [] : [{ document, path: [...key, i], directory }],
  );
}

interface KnownFilters {
  readonly known: readonly string[];
  /** Configured directories that do not exist. */
  readonly missing: readonly string[];
  /** The default directory for the administrator's filters. */
  readonly directory: string;
}

function unknownFilter(
  { name, filter }: { readonly name: JailName; readonly filter: string },
  documents: readonly CheckedDocument[],
  { known, missing, directory }: KnownFilters,
): CrossMistake {
  const near = suggestFilter(filter, known);
  const path = ["jails", name, "filter"];
  const document = lastWith(path, documents);
  const absent =
    missing[0] === undefined
      ? `no shipped filter has this name: bailiff services --all lists them; bailiff filter new ${filter} LOG drafts one, ${directory}/${filter}.toml is the place of your own, see ${docPage("filters.md")}; bailiff run --fail2ban /etc/fail2ban uses those of fail2ban`
      : `no shipped filter has this name, and the directory of your own filters does not exist: ${missing[0]}`;
  const suggestion = near ?? absent;
  const expected = near === undefined ? "the name of an available filter" : "an available filter";
  if (document >= 0) {
    const got = `filter ${quote(filter)}`;
    return { document, mistake: { path, at: "value", got, expected, hint: suggestion } };
  }
  const got = `jail ${quote(name)} without a filter of its name`;
  const first = documents.findIndex(({ jails }) => jails.includes(name));
  return {
    document: first,
    mistake: { path: ["jails", name], at: "key", got, expected, hint: suggestion },
  };
}

/** Reports a missing group, which would prevent the daemon's start. */
function missingGroup(
  { daemon: { socket_group: group } }: Config,
  documents: readonly CheckedDocument[],
  { hasGroup }: HostNames,
): readonly CrossMistake[] {
  if (group === undefined || hasGroup === undefined || hasGroup(group)) return [];
  const path = ["daemon", "socket_group"];
  const document = lastWith(path, documents);
  const hint = `create it: groupadd --system ${group}`;
  const got = quote(group);
  return [
    { document, mistake: { path, at: "value", got, expected: "a group of this host", hint } },
  ];
}

/** Reports a missing user, who could never connect. */
function missingOperator(
  { daemon: { socket_operator: user } }: Config,
  documents: readonly CheckedDocument[],
  { hasUser }: HostNames,
): readonly CrossMistake[] {
  if (user === undefined || hasUser === undefined || hasUser(user)) return [];
  const path = ["daemon", "socket_operator"];
  const mistake = {
    got: quote(user),
    expected: "a user of this host, as /etc/passwd lists them",
    hint: `create it: useradd --system --no-create-home ${user}`,
  };
  return [{ document: lastWith(path, documents), mistake: { path, at: "value", ...mistake } }];
}

function missingUsers(
  { containers: { users } }: Config,
  documents: readonly CheckedDocument[],
  { hasUser }: HostNames,
): readonly CrossMistake[] {
  const key = ["containers", "users"];
  const document = lastWith(key, documents);
  if (document < 0 || hasUser === undefined) return [];
  return users.flatMap((user, i): readonly CrossMistake[] => {
    const mistake = {
      got: quote(user),
      expected: "a user of this host, as /etc/passwd lists them",
    };
    return hasUser(user)
      ? []
      : [{ document, mistake: { path: [...key, i], at: "value", ...mistake } }];
  });
}

/** Returns the index of the document whose setting is used; -1: no document sets it. */
function lastWith(path: KeyPath, documents: readonly CheckedDocument[]): number {
  return documents.findLastIndex(({ settings }) =>
    settings.some((made) => join(made.path) === join(path)),
  );
}

/** Reports jail names that differ only in case: programs and people that ignore case would confuse them. */
function findTwins(documents: readonly CheckedDocument[]): readonly CrossMistake[] {
  const seen = new Map<string, JailName>();
  const twins: CrossMistake[] = [];
  for (const [document, { jails }] of documents.entries()) {
    for (const name of jails) {
      const first = seen.get(name.toLowerCase());
      if (first === undefined) seen.set(name.toLowerCase(), name);
      else if (first !== name) {
        const got = `jail ${quote(name)} beside jail ${quote(first)}`;
        const expected = "names that differ by more than capitals";
        const hint = `write [jails.${first}] to change that jail`;
        twins.push({
          document,
          mistake: { path: ["jails", name], at: "key", got, expected, hint },
        });
      }
    }
  }
  return twins;
}

function join(path: KeyPath): string {
  return JSON.stringify(path);
}
