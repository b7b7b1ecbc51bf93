/** Describes the host apart from SSH: its logs, its firewall, who can lift a ban, what survives a reboot. */
import { formatInstant } from "../../domain/instant.ts";
import type { HostFacts } from "../../domain/host-facts.ts";
import type { Finding } from "./finding.ts";
import { counted, someOf } from "./words.ts";

export function hostFindings(facts: HostFacts): readonly Finding[] {
  return [
    logsFinding(facts),
    unbanFinding(facts),
    firewallFinding(facts),
    rebootFinding(facts),
    daemonFinding(facts),
  ];
}

function logsFinding({ logs }: HostFacts): Finding {
  const { forwards, unclear } = logs;
  const base = {
    id: "logs",
    question: "remote logging",
    evidence: [keptHere(logs), ...unclear],
  };
  if (forwards.length > 0) return { ...base, mark: "good", answer: `yes: ${someOf(forwards, 3)}` };
  if (unclear.length > 0) return { ...base, mark: "unknown", answer: "not known" };
  return { ...base, mark: "bad", answer: "no: an intruder can erase the traces" };
}

function keptHere({ rsyslog, journal }: HostFacts["logs"]): string {
  const files = {
    running: "rsyslog writes files here",
    configured: "rsyslog is installed, but not running",
    absent: "no rsyslog",
  }[rsyslog];
  if (!journal.known) return `${files}; ${journal.why}`;
  const lost = journal.value === "volatile" ? ", lost at reboot" : "";
  return `${files}; the journal is ${journal.value}${lost}`;
}

function unbanFinding({ unban }: HostFacts): Finding {
  const { socketGroup, socketGroupMembers, administrators, allowed, caller } = unban;
  const group =
    socketGroup === undefined
      ? "only root may ask the daemon (no socket_group)"
      : `group ${socketGroup} may read the state: ${someOf(socketGroupMembers, 4) || "it has no members"}`;
  const sudo = administrators.length === 0 ? "" : `, or ${someOf(administrators, 4)} by sudo`;
  const you =
    caller === undefined
      ? []
      : [`your address ${caller.ip} is ${caller.allowed ? "exempt" : "not exempt"}`];
  return {
    id: "unban",
    question: "who can unban",
    mark: "note",
    answer: `root${sudo}, with bailiff unban ADDRESS`,
    evidence: [
      group,
      `${counted(allowed, "address or network", "addresses or networks")} exempt by hand or by ignoreip, besides this host's own; physical or provider's console: not known`,
      ...you,
    ],
  };
}

function firewallFinding({ firewall }: HostFacts): Finding {
  const { inUse, mixed, otherBanners, bailiffTable } = firewall;
  const base = {
    id: "firewall",
    question: "firewall",
    evidence: inUse.length === 0 ? [] : [`in use: ${inUse.join(", ")}`],
  };
  if (otherBanners.length > 0)
    return {
      ...base,
      mark: "bad",
      answer: `${otherBanners.join(", ")} bans here as well: two programs ban and unban independently: keep one`,
    };
  if (mixed)
    return {
      ...base,
      mark: "bad",
      answer: "rules in nftables and in legacy iptables (iptables-legacy)",
    };
  if (!bailiffTable.known) return { ...base, mark: "unknown", answer: bailiffTable.why };
  return {
    ...base,
    mark: "good",
    answer: "no other program bans; nftables and iptables-legacy are not mixed",
  };
}

function rebootFinding({ firewall }: HostFacts): Finding {
  const base = { id: "reboot", question: "after a reboot" };
  const { bootedWithSystemd, bailiffUnit, nftablesUnit } = firewall;
  if (!bootedWithSystemd)
    return {
      ...base,
      mark: "unknown",
      answer: "no systemd: what starts at boot is not known",
      evidence: [],
    };
  const flush =
    nftablesUnit === "enabled"
      ? ["nftables.service empties the rules at its start; bailiff starts after it, and repairs"]
      : [];
  if (bailiffUnit === "enabled")
    return {
      ...base,
      mark: "good",
      answer: "bailiff starts, and restores every ban that has not ended",
      evidence: flush,
    };
  const answer = bailiffUnit === "installed" ? "its unit is not enabled" : "it has no unit here";
  return { ...base, mark: "note", answer: `bailiff does not start: ${answer}`, evidence: flush };
}

function daemonFinding({ daemon }: HostFacts): Finding {
  const base = { id: "daemon", question: "bailiff now" };
  switch (daemon.kind) {
    case "not-running":
      return { ...base, mark: "note", answer: "not running", evidence: [] };
    case "unknown":
      return { ...base, mark: "unknown", answer: daemon.why, evidence: [] };
    case "running": {
      const { state, jailsInState, banned, since, enforcing } = daemon;
      const which = jailsInState.length === 0 ? "" : ` (${someOf(jailsInState, 3)})`;
      const bites = enforcing ? "" : "; nothing is dropped";
      return {
        ...base,
        mark: state === "protecting" && enforcing ? "good" : "note",
        answer: `${state}${which}, ${counted(banned, "ban", "bans")} in force${bites}`,
        evidence: [`running since ${formatInstant(since)}`],
      };
    }
  }
}
