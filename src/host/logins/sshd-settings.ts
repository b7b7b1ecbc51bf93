/**
 * Reads sshd's effective settings from sshd itself: `sshd -T`, with -C for Match blocks. Reads them for a remote user
 * whom no Match block names, for root, and for existing accounts. Does not parse its files: when sshd does not answer,
 * nothing is known. Passes on the options of a running sshd (-f, -o, -p).
 */
import { readFileSync } from "node:fs";
import type { Known, SshdRules, SshdSettings } from "../../domain/host-facts.ts";
import { findProgram } from "../process/find-program.ts";
import { runProgram } from "../process/run-program.ts";

const LIMIT_MS = 5000;
/** Maximum number of accounts queried one by one; each costs about 10 ms. */
const MAX_ACCOUNTS = 20;
/**
 * A remote address for the query. It is from a documentation network (RFC 5737), which no Match block of a real host
 * names.
 */
const FROM = "host=192.0.2.1,addr=192.0.2.1";
const NOBODY = "bailiff-nobody";

export interface SshdQuestion {
  /** Process id of the listening sshd, if one runs. */
  readonly pid: number | undefined;
  readonly accounts: readonly string[];
}

interface SshdAnswer extends SshdRules {
  readonly ports: readonly number[];
}

export async function readSshdSettings({
  pid,
  accounts,
}: SshdQuestion): Promise<Known<SshdSettings>> {
  const sshd = findProgram("sshd");
  if (sshd === undefined) return { known: false, why: "sshd is not installed" };
  const options = pid === undefined ? [] : optionsOf(pid);
  const ask = (user: string): Promise<Known<SshdAnswer>> =>
    askSshd([sshd, "-T", ...options, "-C", `user=${user},${FROM}`]);
  const general = await ask(NOBODY);
  if (!general.known) return general;
  const root = await ask("root");
  if (!root.known) return root;
  const exceptions = [];
  for (const account of accounts.filter((name) => name !== "root").slice(0, MAX_ACCOUNTS)) {
    const rules = await ask(account);
    if (rules.known && !sameRules(rules.value, general.value))
      exceptions.push({ account, rules: rules.value });
  }
  const from = ["sshd -T", ...options].join(" ");
  const { ports, ...rules } = general.value;
  return { known: true, value: { general: rules, root: root.value, exceptions, from, ports } };
}

/** Returns the ports on which sshd is configured to listen; empty when it does not answer. */
export async function readSshdPorts(): Promise<readonly number[]> {
  const sshd = findProgram("sshd");
  if (sshd === undefined) return [];
  const asked = await askSshd([sshd, "-T", "-C", `user=${NOBODY},${FROM}`]);
  return asked.known ? asked.value.ports.filter((port) => port > 0) : [];
}

/** Returns whether sshd reads files in sshd_config.d. Only used to advise where to write a setting. */
export function includesDropIns(file = "/etc/ssh/sshd_config"): boolean {
  try {
    const text = readFileSync(file, "utf8");
    return /^\s*Include\s.*sshd_config\.d\/\*/im.test(text);
  } catch {
    // If the file is missing or unreadable, the advice names the main file.
    return false;
  }
}

async function askSshd(argv: readonly string[]): Promise<Known<SshdAnswer>> {
  const { ok, output, error } = await runProgram({
    argv,
    input: "",
    timeoutMilliseconds: LIMIT_MS,
  });
  if (ok) return { known: true, value: parseSshdRules(output) };
  const said = error.split("\n").at(-1) ?? "";
  const rights = process.getuid?.() === 0 ? "" : " (needs root)";
  return { known: false, why: `sshd -T failed${rights}: ${said}` };
}

/** Parses the output of `sshd -T`: "key value" lines, keys in lower case, some of them repeated. */
export function parseSshdRules(output: string): SshdAnswer {
  const values = new Map<string, string[]>();
  for (const line of output.split("\n")) {
    const space = line.indexOf(" ");
    if (space < 0) continue;
    const key = line.slice(0, space);
    values.set(key, [...(values.get(key) ?? []), line.slice(space + 1).trim()]);
  }
  const first = (key: string): string => values.get(key)?.[0] ?? "";
  const isOn = (key: string): boolean => first(key) === "yes";
  const keyboard = "kbdinteractiveauthentication";
  const older = "challengeresponseauthentication";
  const passwordBy = [
    ...(isOn("passwordauthentication") ? ["PasswordAuthentication"] : []),
    // Without PAM, keyboard-interactive has no method on Linux.
    ...(isOn("usepam") && (isOn(keyboard) || isOn(older)) ? ["KbdInteractiveAuthentication"] : []),
  ];
  const authenticationMethods = first("authenticationmethods") || "any";
  const ways = authenticationMethods.split(/\s+/).map((way) => way.split(","));
  const isAny = authenticationMethods === "any";
  return {
    ports: (values.get("port") ?? []).map(Number),
    passwordBy,
    passwordIsEnough:
      passwordBy.length > 0 && (isAny || ways.some((way) => way.every(isPasswordMethod))),
    emptyPasswords: isOn("permitemptypasswords"),
    rootLogin: parseRootLogin(first("permitrootlogin")),
    authenticationMethods,
    severalMethods: !isAny && ways.every((way) => way.length > 1),
    limits: LIMITS.flatMap(([key, name]) => {
      const all = values.get(key);
      return all === undefined ? [] : [`${name} ${all.join(" ")}`];
    }),
  };
}

const LIMITS = [
  ["allowusers", "AllowUsers"],
  ["allowgroups", "AllowGroups"],
  ["denyusers", "DenyUsers"],
  ["denygroups", "DenyGroups"],
] as const;

/** Returns whether a method uses a password. "keyboard-interactive:pam" is the same method with its device. */
function isPasswordMethod(method: string): boolean {
  return method === "password" || method.startsWith("keyboard-interactive");
}

function parseRootLogin(text: string): SshdRules["rootLogin"] {
  if (text === "yes" || text === "no" || text === "forced-commands-only") return text;
  return "without-password";
}

function sameRules(a: SshdRules, b: SshdRules): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/**
 * Reads the options of a running sshd that change its settings. sshd sets its process title to its command: "sshd:
 * /usr/sbin/sshd -D -f FILE [listener] 0 of 10-100 startups".
 */
function optionsOf(pid: number): readonly string[] {
  let title: string;
  try {
    title = readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    // sshd ended in the meantime, so use the default configuration file.
    return [];
  }
  return parseSshdOptions(title);
}

export function parseSshdOptions(title: string): readonly string[] {
  const words = title
    .replace(/^sshd: /, "")
    .replace(/ \[listener\].*$/s, "")
    .split(/[\0 ]+/)
    .filter((word) => word !== "");
  return words.flatMap((word, i) => {
    const value = words[i + 1];
    return /^-[fop]$/.test(word) && value !== undefined ? [word, value] : [];
  });
}
