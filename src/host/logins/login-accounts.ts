/**
 * Lists the accounts of this host that can log in, and counts those with a password. Only the kind of each entry in
 * /etc/shadow is read; no hash leaves this file.
 */
import { codeOf } from "../../domain/thrown-error.ts";
import { readFileSync } from "node:fs";
import type { AccountFacts, Known } from "../../domain/host-facts.ts";

export interface LoginAccounts {
  /** All names in /etc/passwd. */
  readonly all: ReadonlySet<string>;
  /** Accounts with a shell that allows a login. */
  readonly withShell: readonly string[];
  readonly passwords: Known<AccountFacts>;
}

export interface AccountFiles {
  readonly passwd: string;
  readonly shadow: string;
  readonly nsswitch: string;
}

const FILES: AccountFiles = {
  passwd: "/etc/passwd",
  shadow: "/etc/shadow",
  nsswitch: "/etc/nsswitch.conf",
};
const SHUT = /\/(?:nologin|false|sync|halt|shutdown)$/;
/** Account sources that are local files (nsswitch.conf(5)). */
const LOCAL = new Set(["files", "compat", "systemd", "db"]);

export function readLoginAccounts(files: AccountFiles = FILES): LoginAccounts {
  const people = linesOf(files.passwd) ?? [];
  const withShell = people.filter(([, , , , , , shell = ""]) => !SHUT.test(shell));
  const names = withShell.map(([name = ""]) => name);
  return {
    all: new Set(people.map(([name = ""]) => name)),
    withShell: names,
    passwords: readPasswords(files, new Set(names)),
  };
}

function readPasswords(
  { shadow, nsswitch }: AccountFiles,
  names: ReadonlySet<string>,
): Known<AccountFacts> {
  const entries = linesOf(shadow);
  if (entries === undefined)
    return { known: false, why: `no permission to read ${shadow} (needs root)` };
  const open = entries.filter(([name = ""]) => names.has(name));
  const withPassword = open.filter(([, hash = ""]) => isPassword(hash));
  return {
    known: true,
    value: {
      withPassword: withPassword.length,
      withoutAnyPassword: open.filter(([, hash]) => hash === "").length,
      rootHasPassword: withPassword.some(([name]) => name === "root"),
      elsewhere: otherSources(nsswitch),
    },
  };
}

/**
 * Returns whether a hash is one of crypt(5): "$id$…", or 13 characters of the old form. A "!" before it locks the
 * account, and "*" never matches.
 */
function isPassword(hash: string): boolean {
  return /^[$_]/.test(hash) || /^[./0-9A-Za-z]{13}$/.test(hash);
}

function otherSources(path: string): readonly string[] {
  const line = (linesOf(path) ?? []).find(([key]) => key?.trim() === "passwd");
  const words = (line?.[1] ?? "").replace(/\[[^\]]*\]/g, " ").split(/\s+/);
  return words.filter((word) => word !== "" && !LOCAL.has(word));
}

/**
 * Returns the colon-separated fields of each line; undefined when the file may not be read. A missing file has no
 * lines.
 */
function linesOf(path: string): readonly (readonly string[])[] | undefined {
  try {
    return readFileSync(path, "utf8")
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"))
      .map((line) => line.split(":"));
  } catch (error) {
    return codeOf(error) === "ENOENT" ? [] : undefined;
  }
}
