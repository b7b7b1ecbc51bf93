/** Answers the questions about SSH and its log, with one finding for each. */
import { formatInstant } from "../../domain/instant.ts";
import type { HostFacts, JailTraffic, SshdSettings } from "../../domain/host-facts.ts";
import type { Finding } from "./finding.ts";
import type { Grounds } from "./judge.ts";
import {
  type Answer,
  type Hostility,
  type Passwords,
  type Reach,
  SLOW_ATTEMPTS,
  sshTraffic,
} from "./ssh-risk.ts";
import { amount, counted, share, someOf } from "./words.ts";

type Mark = Finding["mark"];

const REACH: Readonly<Record<Reach["verdict"], Mark>> = {
  yes: "note",
  limited: "good",
  inside: "note",
  no: "good",
  unknown: "unknown",
};
const PASSWORDS: Readonly<Record<Passwords["verdict"], Mark>> = {
  yes: "bad",
  guarded: "good",
  idle: "note",
  no: "good",
  unknown: "unknown",
};
const HOSTILITY: Readonly<Record<Hostility["verdict"], Mark>> = {
  yes: "bad",
  none: "good",
  unknown: "unknown",
};

export function sshFindings(grounds: Grounds): readonly Finding[] {
  const { facts, reach, passwords, hostility } = grounds;
  const seen = sshTraffic(facts);
  return [
    { id: "reach", question: "SSH from outside", mark: REACH[reach.verdict], ...said(reach) },
    ...(reach.verdict === "no" && !facts.ssh.settings.known ? [] : doorFindings(facts, passwords)),
    {
      id: "attacks",
      question: "attacks",
      mark: markAttacks(grounds),
      ...said(hostility),
    },
    ...(seen === undefined ? [] : trafficFindings(seen, banners(facts))),
    ...otherJails(facts, seen),
  ];
}

/** Marks attacks as harmless if no password opens SSH or no process is listening. */
function markAttacks({ reach, passwords, hostility }: Grounds): Mark {
  const matters = reach.verdict !== "no" && !["no", "idle", "guarded"].includes(passwords.verdict);
  const mark = HOSTILITY[hostility.verdict];
  return matters || mark === "good" ? mark : "note";
}

function said({ answer, evidence }: Answer<string>): Pick<Finding, "answer" | "evidence"> {
  return { answer, evidence };
}

function doorFindings(facts: HostFacts, passwords: Passwords): readonly Finding[] {
  const mark = PASSWORDS[passwords.verdict];
  // Unreadable settings are one finding, instead of one for each question that depends on them.
  if (!facts.ssh.settings.known)
    return [{ id: "passwords", question: "SSH settings", mark, ...said(passwords) }];
  return [
    { id: "passwords", question: "password login", mark, ...said(passwords) },
    rootFinding(facts, facts.ssh.settings.value),
    factorFinding(facts, facts.ssh.settings.value),
  ];
}

function rootFinding({ accounts }: HostFacts, { root }: SshdSettings): Finding {
  const base = { id: "root", question: "root login" };
  const evidence = [`PermitRootLogin ${root.rootLogin}`];
  if (root.rootLogin === "no") return { ...base, mark: "good", answer: "no", evidence };
  const hasNone = accounts.known && !accounts.value.rootHasPassword;
  if (root.rootLogin === "yes" && root.passwordIsEnough && hasNone)
    return {
      ...base,
      mark: "note",
      answer: "allowed with a password, but root has none",
      evidence,
    };
  if (root.rootLogin === "yes" && root.passwordIsEnough)
    return { ...base, mark: "bad", answer: "yes, with a password", evidence };
  return { ...base, mark: "note", answer: "with a key only", evidence };
}

function factorFinding({ ssh }: HostFacts, { general }: SshdSettings): Finding {
  const base = { id: "second-factor", question: "second factor" };
  const { secondFactors } = ssh;
  const { authenticationMethods: methods, severalMethods } = general;
  const evidence = [`AuthenticationMethods ${methods}`];
  if (severalMethods) return { ...base, mark: "good", answer: "yes, two methods", evidence };
  if (!secondFactors.known)
    return { ...base, mark: "unknown", answer: secondFactors.why, evidence };
  if (secondFactors.value.length > 0)
    return {
      ...base,
      mark: "good",
      answer: `for passwords: ${secondFactors.value.join(", ")}`,
      evidence,
    };
  return { ...base, mark: "note", answer: "none; a key's own passphrase: not known", evidence };
}

/** Returns programs that banned addresses while the log was written: the log shows only what they let through. */
function banners({ daemon, firewall }: HostFacts): readonly string[] {
  const own = daemon.kind === "running" && daemon.enforcing ? ["bailiff"] : [];
  return [...own, ...firewall.otherBanners];
}

function trafficFindings(seen: JailTraffic, banners: readonly string[]): readonly Finding[] {
  const { attempts, refused, bans, exempt, policy, slow, successes, shared } = seen;
  const not =
    exempt.length === 0
      ? ""
      : ` (${someOf(exempt, 3)} ${exempt.length === 1 ? "is" : "are"} exempt)`;
  const findings: Finding[] = [];
  if (attempts > 0)
    findings.push({
      id: "stopped",
      question: "bans would stop",
      mark: "note",
      answer: `${amount(refused)} of ${amount(attempts)} (${share(refused, attempts)}), by ${counted(bans, "ban", "bans")}${not}`,
      evidence: [
        policy,
        ...(banners.length === 0
          ? []
          : [`attempts that ${banners.join(" and ")} blocked are not counted`]),
      ],
    });
  if (slow.attempts >= SLOW_ATTEMPTS) findings.push(slowFinding(seen));
  findings.push(loginFinding(successes));
  if (shared.length > 0)
    findings.push({
      id: "shared",
      question: "shared addresses",
      mark: "note",
      answer: `${counted(shared.length, "address", "addresses")} of several users: a ban there shuts out all of them`,
      evidence: [
        someOf(
          shared.map(({ ip, accounts }) => `${ip} (${accounts} accounts)`),
          3,
        ),
      ],
    });
  return findings;
}

function slowFinding({ slow, attempts }: JailTraffic): Finding {
  const networks = slow.networks.map(
    ({ network, addresses, attempts: tries }) =>
      `${network}: ${amount(tries)} from ${counted(addresses, "address", "addresses")}`,
  );
  const accounts = slow.accounts.map(
    ({ account, addresses }) => `account ${account}: ${counted(addresses, "address", "addresses")}`,
  );
  return {
    id: "slow",
    question: "too slow to ban",
    mark: "note",
    answer: `${amount(slow.attempts)} (${share(slow.attempts, attempts)}) from ${counted(slow.subjects, "address", "addresses")} that each stay below it`,
    evidence: [networks, accounts].flatMap((list) => (list.length === 0 ? [] : [list.join("; ")])),
  };
}

function loginFinding(successes: JailTraffic["successes"]): Finding {
  const { count, outside, byPassword, networks, moreNetworks, afterFailures } = successes;
  const from =
    networks.length === 0 ? [] : [`from ${networks.join(", ")}${moreNetworks ? " …" : ""}`];
  const answer = `${counted(count, "login", "logins")}, ${amount(byPassword)} by password, ${amount(outside)} from outside`;
  if (afterFailures.length === 0)
    return { id: "logins", question: "logins", mark: "note", answer, evidence: from };
  const guessed = afterFailures.map(
    ({ ip, failures, account, at }) =>
      `${ip} after ${counted(failures, "failure", "failures")}, ${formatInstant(at)}${account === undefined ? "" : `, as ${account}`}`,
  );
  return {
    id: "logins",
    question: "logins",
    mark: "bad",
    answer: `${answer}; some after many failures: was a password guessed?`,
    evidence: [someOf(guessed, 3)],
  };
}

function otherJails({ traffic }: HostFacts, ssh: JailTraffic | undefined): readonly Finding[] {
  return traffic.jails
    .filter((jail) => jail !== ssh && jail.attempts > 0)
    .slice(0, 3)
    .map(({ jail, attempts, addresses, refused, where }) => ({
      id: `attacks-${jail}`,
      question: jail,
      mark: "note",
      answer: `${counted(attempts, "failed attempt", "failed attempts")} from ${counted(addresses, "address", "addresses")}; bans would stop ${amount(refused)}`,
      evidence: [where],
    }));
}
