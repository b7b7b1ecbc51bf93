/** Explains that a file is INI (of fail2ban or another program) instead of TOML. */
import { basename, dirname } from "node:path";
import type { Problem } from "../domain/problem.ts";

const SECTION = /^\[(?:DEFAULT|INCLUDES|Definition|Init)\]\s*$/m;
const INTERPOLATION = /^[^#\n]*%\(\w+\)s/m;
/** Matches keys of fail2ban, followed by an unquoted word. */
const SETTING =
  /^(?:failregex|ignoreregex|prefregex|logpath|journalmatch|banaction|backend|actionban)[ \t]*=[ \t]*[^\s"'[{\d]/m;
/** Matches a table that fail2ban does not have. Its author writes TOML, but with the syntax of INI. */
const OWN_TABLE = /^\s*\[\[?(?:daemon|defaults|filters|fail2ban|notify|jails?|rule|sample)\b/m;

/** Returns undefined if the text does not look like INI. Call it only for text that is not valid TOML. */
export function explainIni(path: string, text: string): Problem | undefined {
  if (OWN_TABLE.test(text)) return undefined;
  if (!SECTION.test(text) && !INTERPOLATION.test(text) && !SETTING.test(text)) return undefined;
  const directory = fail2banDirectory(path);
  return {
    path,
    got: "an INI file, as fail2ban has them",
    expected: "a TOML file",
    hint: `convert it: bailiff import ${directory} --out DIRECTORY; or run it as it is: bailiff run --fail2ban ${directory}`,
  };
}

function fail2banDirectory(path: string): string {
  const folder = dirname(path);
  if (/^jail\.(?:conf|local)$/.test(basename(path))) return folder;
  return /^(?:jail|filter|action)\.d$/.test(basename(folder)) ? dirname(folder) : "/etc/fail2ban";
}
