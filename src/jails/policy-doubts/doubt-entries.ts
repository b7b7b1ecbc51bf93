/**
 * Warns of entries whose effect differs from what an administrator expects. Examples: a log that is missing or not a
 * regular file, a network written with the address of one of its hosts.
 */
import { statSync } from "node:fs";
import type { Config, JailConfig } from "../../config/config.ts";
import { codeOf, messageOf } from "../../domain/thrown-error.ts";
import { describeWideNetwork } from "../../domain/wide-network.ts";
import { systemReason } from "../../host/explain-system-error.ts";
import { linkTarget } from "../../host/read-or-empty.ts";
import { expandPatterns } from "../../source/file/expand-patterns.ts";
import { hasWildcard } from "../../source/file/match-glob.ts";

export interface EntryDoubt {
  readonly jail: string;
  readonly doubt: string;
  readonly fix: string;
}

export function doubtWideNetworks({ name, ignoreip }: JailConfig): readonly EntryDoubt[] {
  return ignoreip.flatMap((entry): readonly EntryDoubt[] => {
    const wide = entry.kind === "subject" ? describeWideNetwork(entry.subject) : undefined;
    if (wide === undefined || entry.kind !== "subject") return [];
    const doubt = `ignoreip: ${entry.subject} exempts ${wide}: the jail bans none of them`;
    return [{ jail: name, doubt, fix: "name your own networks only" }];
  });
}

export function doubtNetworks({ name, ignoreip }: JailConfig): readonly EntryDoubt[] {
  return ignoreip.flatMap((entry): readonly EntryDoubt[] => {
    if (entry.kind !== "subject" || entry.written === undefined) return [];
    const { written, subject } = entry;
    const address = written.slice(0, written.indexOf("/"));
    const doubt = `ignoreip: ${written} is an address within a network: the whole network ${subject} is exempt`;
    return [{ jail: name, doubt, fix: `write ${address} for the one host, or ${subject}` }];
  });
}

export function doubtFiles({ name, source }: JailConfig): readonly EntryDoubt[] {
  if (source.kind !== "file") return [];
  return source.files.flatMap((path): readonly EntryDoubt[] => {
    const found = hasWildcard(path) ? unreadOf(path) : whatIs(path);
    if (found === undefined) return [];
    const fix = "check the path: it must be a regular file that the service writes to";
    return [{ jail: name, doubt: `source: ${found}`, fix }];
  });
}

/** Warns of files of block lists that cannot be read now. */
export function doubtListFiles({
  lists,
}: Pick<Config, "lists">): readonly (Omit<EntryDoubt, "jail"> & { readonly jail: null })[] {
  return lists.flatMap(({ name, file }) => {
    const found = file === undefined ? undefined : whatIs(file);
    if (found === undefined) return [];
    const fix = "check the path, and the program that writes the list";
    return [{ jail: null, doubt: `lists.${name}.file: ${found}`, fix }];
  });
}

/** Describes what prevents reading a path; undefined for a regular file. */
function whatIs(path: string): string | undefined {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return `${describeMissing(path)}: it is read as soon as it appears`;
    if (stats.isFile()) return undefined;
    const kind = stats.isDirectory()
      ? "a directory"
      : stats.isFIFO()
        ? "a FIFO"
        : "a device or socket";
    return `${path} is ${kind}, not a regular file: nothing is read from it`;
  } catch (error) {
    // If the directory denies access, the daemon reports that when it opens the file.
    if (["EACCES", "EPERM"].includes(codeOf(error) ?? "")) return undefined;
    return `${path} cannot be opened: ${systemReason(error) ?? messageOf(error)}`;
  }
}

function describeMissing(path: string): string {
  const target = linkTarget(path);
  return target === undefined
    ? `${path} does not exist`
    : `${path} is a link to ${target}, which does not exist`;
}

/** Describes what a pattern matches and cannot be read, or that it matches nothing. */
function unreadOf(pattern: string): string | undefined {
  const { files, passedOver, unlisted } = expandPatterns([pattern]);
  const found = [
    ...[...unlisted].map(
      ([folder, error]) => `${folder} cannot be listed: ${systemReason(error) ?? messageOf(error)}`,
    ),
    ...passedOver.map((path) => whatIs(path) ?? `${path} is not a regular file`),
    ...files.flatMap((path) => whatIs(path) ?? []),
  ];
  const [first, ...others] = found;
  if (first !== undefined)
    return others.length === 0 ? first : `${first} (and ${others.length} more)`;
  return files.length === 0
    ? `no file matches ${pattern}: it is read as soon as one appears`
    : undefined;
}
