/** Proposes to allow SSH only from the few networks where its users log in. */
import { type Subject, subjectContains } from "../../domain/cidr.ts";
import type { HostFacts } from "../../domain/host-facts.ts";
import type { Candidate } from "./change.ts";
import type { Grounds } from "./judge.ts";
import { sshdSetting } from "./sshd-setting.ts";
import { sshTraffic, TELLING_LOGINS } from "./ssh-risk.ts";
import { counted, someOf } from "./words.ts";

export function reachChanges({ facts, reach, hostility }: Grounds): readonly Candidate[] {
  const seen = sshTraffic(facts);
  const { listening } = facts.ssh;
  if (reach.verdict !== "yes" || hostility.verdict !== "yes") return [];
  if (seen === undefined || !listening.known) return [];
  const { count, networks, moreNetworks, outside, afterFailures } = seen.successes;
  // A login after many failures may be an attacker's, who guessed a password.
  if (count < TELLING_LOGINS || afterFailures.length > 0) return [];
  const all = `all ${counted(count, "login", "logins")} came from`;
  if (outside === 0)
    return [
      {
        worth: 80,
        what: "Let SSH listen on the private address only",
        why: `${all} inside`,
        how: sshdSetting(facts, "05-inside.conf", ["ListenAddress YOUR-PRIVATE-ADDRESS"]),
      },
    ];
  if (moreNetworks) return [];
  const port = listening.value[0]?.port ?? 22;
  return [
    {
      worth: 75,
      what: `Let only your own networks reach port ${port}`,
      why: `${all} ${someOf(networks, 3)}`,
      how: onlyFrom(facts, withCaller(facts, networks), port),
    },
  ];
}

/** Adds the network of the caller, so that following the proposal does not lock the caller out. */
function withCaller({ unban }: HostFacts, networks: readonly Subject[]): readonly Subject[] {
  const { caller } = unban;
  if (caller === undefined || networks.some((network) => subjectContains(network, caller.ip)))
    return networks;
  return [...networks, caller.ip];
}

function onlyFrom(
  { firewall }: HostFacts,
  networks: readonly string[],
  port: number,
): readonly string[] {
  switch (firewall.frontEnd) {
    case "ufw":
      return [
        ...networks.map((network) => `ufw allow proto tcp from ${network} to any port ${port}`),
        `ufw delete allow ${port}/tcp   # or the name of the rule: ufw status`,
      ];
    case "firewalld":
      return [
        ...networks.flatMap((network) => {
          const family = network.includes(":") ? "ipv6" : "ipv4";
          return [
            `rule='rule family=${family}'`,
            `rule="$rule source address=${network}"`,
            `rule="$rule port port=${port} protocol=tcp accept"`,
            'firewall-cmd --permanent --add-rich-rule="$rule"',
          ];
        }),
        "firewall-cmd --permanent --remove-service=ssh && firewall-cmd --reload",
      ];
    case "none": {
      const families = [
        ["ip", networks.filter((network) => !network.includes(":"))],
        ["ip6", networks.filter((network) => network.includes(":"))],
      ] as const;
      const rules = families.map(([family, own]) => {
        const source = own.length === 0 ? "" : `${family} saddr != '{' ${own.join(", ")} '}' `;
        const nfproto = family === "ip" ? "ipv4" : "ipv6";
        const match = `meta nfproto ${nfproto} iif != lo tcp dport ${port} ${source}`;
        return `nft add rule inet ssh_only input ${match}drop`;
      });
      return [
        "nft add table inet ssh_only",
        "nft add chain inet ssh_only input '{ type filter hook input priority -5; }'",
        ...rules,
        "# keep this session open while you try; put it into /etc/nftables.conf to keep it",
      ];
    }
  }
}
