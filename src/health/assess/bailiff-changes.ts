/** Proposes changes to bailiff itself: run it, add a jail, exempt an address. */
import type { HostFacts } from "../../domain/host-facts.ts";
import type { Candidate } from "./change.ts";
import type { Grounds, Judgment } from "./judge.ts";
import { SLOW_ATTEMPTS, sshTraffic } from "./ssh-risk.ts";
import { share } from "./words.ts";

/** A slow jail is proposed if at least this share of attempts stayed below the threshold. */
const MIN_SLOW_SHARE = 0.3;

export function bailiffChanges(
  { facts, reach }: Grounds,
  { verdict }: Judgment,
): readonly Candidate[] {
  const isUseful = verdict === "reduces-real-risk";
  const mayShare = verdict !== "not-needed" && reach.verdict !== "no";
  return [
    ...firewallChanges(facts),
    ...(isUseful || verdict === "mostly-hygiene" ? runChanges(facts, isUseful) : []),
    ...(isUseful ? [...ownAddressChanges(facts), ...slowJailChanges(facts)] : []),
    ...(mayShare ? sharedAddressChanges(facts) : []),
  ];
}

function firewallChanges({ firewall, daemon }: HostFacts): readonly Candidate[] {
  const changes: Candidate[] = [];
  const [other] = firewall.otherBanners;
  if (other !== undefined && daemon.kind === "running")
    changes.push({
      worth: 65,
      what: `Let one program ban: bailiff or ${other}`,
      why: "an unban in one leaves the ban of the other",
      how: [stopForever(other.replace(/-server$/, ""), firewall)],
    });
  if (firewall.mixed)
    changes.push({
      worth: 52,
      what: "Keep all firewall rules in nftables",
      why: "nft does not see rules of legacy iptables (iptables-legacy)",
      how: ["update-alternatives --set iptables /usr/sbin/iptables-nft"],
    });
  return changes;
}

function stopForever(service: string, { bootedWithSystemd }: HostFacts["firewall"]): string {
  return bootedWithSystemd
    ? `systemctl disable --now ${service}`
    : `service ${service} stop   # and remove it from what starts at boot`;
}

function runChanges(facts: HostFacts, isUseful: boolean): readonly Candidate[] {
  const { firewall, daemon } = facts;
  const starts = firewall.bailiffUnit === "enabled" || daemon.kind === "running";
  if (starts || firewall.otherBanners.length > 0) return [];
  const why = isUseful
    ? "until passwords are off, it slows the guessing"
    : "less noise in the log, less load";
  return [{ worth: isUseful ? 85 : 30, what: "Run bailiff", why, how: startUp(facts) }];
}

function ownAddressChanges({ unban: { caller } }: HostFacts): readonly Candidate[] {
  if (caller?.allowed !== false) return [];
  return [
    {
      worth: 45,
      what: "Allow your own address",
      why: "so that your own typing errors do not lock you out",
      how: [`bailiff allow ${caller.ip} --reason "my own address"`],
    },
  ];
}

function slowJailChanges(facts: HostFacts): readonly Candidate[] {
  const ssh = sshTraffic(facts);
  if (ssh === undefined || ssh.slow.attempts < SLOW_ATTEMPTS) return [];
  if (ssh.slow.attempts <= ssh.attempts * MIN_SLOW_SHARE) return [];
  return [
    {
      worth: 48,
      what: "Add a slow jail",
      why: `${share(ssh.slow.attempts, ssh.attempts)} of the attempts stay below the threshold`,
      how: [
        '[jails.sshd-slow]  filter = "sshd"  maxretry = 10  findtime = "7d"  bantime = "7d"   # in bailiff.toml, a line each',
      ],
    },
  ];
}

function sharedAddressChanges({ traffic }: HostFacts): readonly Candidate[] {
  const [shared] = traffic.jails.flatMap((jail) => jail.shared);
  if (shared === undefined) return [];
  return [
    {
      worth: 40,
      what: "Do not ban the address your users share",
      why: `${shared.accounts} accounts log in from ${shared.ip}`,
      how: [`bailiff allow ${shared.ip} --reason "shared by our users"`],
    },
  ];
}

function startUp({ firewall, unitFiles }: HostFacts): readonly string[] {
  if (!firewall.bootedWithSystemd) return ["bailiff check, then start `bailiff run` at boot"];
  const start = "bailiff check && systemctl enable --now bailiff";
  if (firewall.bailiffUnit !== "absent") return [start];
  return [`cp ${unitFiles} /etc/systemd/system/ && systemctl daemon-reload`, start];
}
