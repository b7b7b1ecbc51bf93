/** What to do about bailiff itself: run it, or not beside another, and whom it must not ban. */
import type { HostFacts } from "../../domain/host-facts.ts";
import type { Candidate } from "./change.ts";
import type { Grounds, Judgment } from "./judge.ts";
import { SLOW_ATTEMPTS, sshTraffic } from "./ssh-risk.ts";
import { share } from "./words.ts";

export function bailiffChanges(
  { facts, reach }: Grounds,
  { verdict }: Judgment,
): readonly Candidate[] {
  const { firewall, daemon, unban, traffic } = facts;
  const changes: Candidate[] = [];
  const useful = verdict === "reduces-real-risk";
  const [other] = firewall.otherBanners;
  if (other !== undefined && daemon.kind === "running")
    changes.push({
      worth: 65,
      what: `Let one program ban: bailiff or ${other}`,
      why: "an unban in one leaves the ban of the other",
      how: [`systemctl disable --now ${other.replace(/-server$/, "")}`],
    });
  if (firewall.mixed)
    changes.push({
      worth: 52,
      what: "Keep the rules in one store",
      why: "rules in the old iptables store are not seen by nft",
      how: ["update-alternatives --set iptables /usr/sbin/iptables-nft"],
    });
  const starts = firewall.bailiffUnit === "enabled" || daemon.kind === "running";
  if (!starts && other === undefined && (useful || verdict === "mostly-hygiene"))
    changes.push({
      worth: useful ? 85 : 30,
      what: "Run bailiff",
      why: useful
        ? "until passwords are off, it slows the guessing"
        : "less noise in the log, less load",
      how: startUp(facts),
    });
  if (unban.caller?.allowed === false && useful)
    changes.push({
      worth: 45,
      what: "Allow your own address",
      why: "so that your own typing errors do not lock you out",
      how: [`bailiff allow ${unban.caller.ip} --reason "my own address"`],
    });
  const slow = sshTraffic(facts);
  const isSlow =
    slow !== undefined &&
    slow.slow.attempts >= SLOW_ATTEMPTS &&
    slow.slow.attempts > slow.attempts * 0.3;
  if (useful && isSlow)
    changes.push({
      worth: 48,
      what: "Add a slow jail",
      why: `${share(slow.slow.attempts, slow.attempts)} of the attempts stay below the threshold`,
      how: [
        '[jails.sshd-slow]  filter = "sshd"  maxretry = 10  findtime = "7d"  bantime = "7d"   # in bailiff.toml, a line each',
      ],
    });
  const [shared] = traffic.jails.flatMap((jail) => jail.shared);
  if (shared !== undefined && verdict !== "not-needed" && reach.verdict !== "no")
    changes.push({
      worth: 40,
      what: "Do not ban the address your users share",
      why: `${shared.accounts} accounts log in from ${shared.ip}`,
      how: [`bailiff allow ${shared.ip} --reason "shared by our users"`],
    });
  return changes;
}

function startUp({ firewall, unitFile }: HostFacts): readonly string[] {
  if (!firewall.bootedWithSystemd) return ["bailiff check, then start `bailiff run` at boot"];
  const start = "bailiff check && systemctl enable --now bailiff";
  if (firewall.bailiffUnit !== "absent") return [start];
  return [`cp ${unitFile} /etc/systemd/system/ && systemctl daemon-reload`, start];
}
