/**
 * What sshd really enforces, asked of sshd itself (`sshd -T`, with -C for the rules of Match blocks): for somebody from
 * outside whom no rule names, for root, and for existing accounts. Nothing is read from its files: where sshd does not
 * answer, nothing is known. A running sshd's own options (-f, -o, -p) are taken over.
 */
import { readFileSync } from "node:fs";
import type { Known, SshdRules, SshdSettings } from "../../domain/host-facts.ts";
import { findProgram } from "../process/find-program.ts";
import { runProgram } from "../process/run-program.ts";

const LIMIT_MS = 5000;
/** Accounts that are asked about one by one; each costs about 10 ms. */
const MOST_ACCOUNTS = 20;
/** From outside: a documentation address (RFC 5737), which no Match block of a real host names. */
const FROM = "host=192.0.2.1,addr=192.0.2.1";
const NOBODY = "bailiff-nobody";

export interface SshdQuestion {
  /** The listening sshd, when there is one. */
  readonly pid: number | undefined;
  readonly accounts: readonly string[];
}

interface Asked extends SshdRules {
  readonly ports: readonly number[];
}

export async function readSshdSettings({
  pid,
  accounts,
}: SshdQuestion): Promise<Known<SshdSettings>> {
  const sshd = findProgram("sshd");
  if (sshd === undefined) return { known: false, why: "sshd is not installed" };
  const options = pid === undefined ? [] : optionsOf(pid);
  const ask = (user: string): Promise<Known<Asked>> =>
    askSshd([sshd, "-T", ...options, "-C", `user=${user},${FROM}`]);
  const general = await ask(NOBODY);
  if (!general.known) return general;
  const root = await ask("root");
  if (!root.known) return root;
  const exceptions = [];
  for (const account of accounts.filter((name) => name !== "root").slice(0, MOST_ACCOUNTS)) {
    const rules = await ask(account);
    if (rules.known && !sameRules(rules.value, general.value))
      exceptions.push({ account, rules: rules.value });
  }
  const from = ["sshd -T", ...options].join(" ");
  const { ports, ...rules } = general.value;
  return { known: true, value: { general: rules, root: root.value, exceptions, from, ports } };
}

/** Where sshd is to listen by its own settings; empty when it does not say. */
export async function readSshdPorts(): Promise<readonly number[]> {
  const sshd = findProgram("sshd");
  if (sshd === undefined) return [];
  const asked = await askSshd([sshd, "-T", "-C", `user=${NOBODY},${FROM}`]);
  return asked.known ? asked.value.ports.filter((port) => port > 0) : [];
}

/** Whether a file in sshd_config.d would be read: only for telling people where to write a setting. */
export function includesDropIns(file = "/etc/ssh/sshd_config"): boolean {
  try {
    const text = readFileSync(file, "utf8");
    return /^\s*Include\s.*sshd_config\.d\/\*/im.test(text);
  } catch {
    // Not there or not ours to read: the file itself is named instead.
    return false;
  }
}

async function askSshd(argv: readonly string[]): Promise<Known<Asked>> {
  const { ok, output, error } = await runProgram({
    argv,
    input: "",
    timeoutMilliseconds: LIMIT_MS,
  });
  if (ok) return { known: true, value: parseSshdRules(output) };
  const said = error.trim().split("\n").at(-1) ?? "";
  const rights = process.getuid?.() === 0 ? "" : " (needs root)";
  return { known: false, why: `sshd -T failed${rights}: ${said}` };
}

/** The output of `sshd -T`: "key value" a line, keys in lower case, some of them several times. */
export function parseSshdRules(output: string): Asked {
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
    // Without PAM there is nothing on Linux that would ask.
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

/** "keyboard-interactive:pam" names the same with its device. */
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
 * The options a running sshd was started with that change its settings. It writes its command into its own title:
 * "sshd: /usr/sbin/sshd -D -f FILE [listener] 0 of 10-100 startups".
 */
function optionsOf(pid: number): readonly string[] {
  let title: string;
  try {
    title = readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    // Ended meanwhile: its file is asked without.
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
