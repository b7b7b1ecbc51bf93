import assert from "node:assert/strict";
import { test } from "node:test";
import type {
  HostFacts,
  JailTraffic,
  Known,
  SshdRules,
  SshdSettings,
} from "../../domain/host-facts.ts";
import { instant } from "../../domain/instant.ts";
import { type Ip, parseIp } from "../../domain/ip.ts";
import { parseSubject, type Subject } from "../../domain/cidr.ts";
import { type Assessment, assess } from "./assess.ts";

const NOW = instant(Date.UTC(2026, 10, 23, 12));
const DAY = 86_400_000;
const daysAgo = (days: number) => instant(NOW - days * DAY);

function ip(text: string): Ip {
  const parsed = parseIp(text);
  assert.ok(parsed !== undefined);
  return parsed;
}

function network(text: string): Subject {
  const parsed = parseSubject(text);
  assert.ok(parsed !== undefined);
  return parsed;
}

function known<T>(value: T): Known<T> {
  return { known: true, value };
}

const UNKNOWN = { known: false, why: "may not be read (needs root)" } as const;

const KEYS: SshdRules = {
  passwordBy: [],
  passwordIsEnough: false,
  emptyPasswords: false,
  rootLogin: "without-password",
  authenticationMethods: "any",
  severalMethods: false,
  limits: [],
};
const PASSWORDS: SshdRules = {
  ...KEYS,
  passwordBy: ["PasswordAuthentication"],
  passwordIsEnough: true,
};
const GUARDED: SshdRules = {
  ...PASSWORDS,
  passwordIsEnough: false,
  severalMethods: true,
  authenticationMethods: "publickey,password",
};

function settings(
  general: SshdRules,
  exceptions: SshdSettings["exceptions"] = [],
): Known<SshdSettings> {
  return known({
    general,
    root: { ...general, rootLogin: "no" },
    exceptions,
    ports: [22],
    from: "sshd -T",
  });
}

const ATTACKED: JailTraffic = {
  jail: "sshd",
  filter: "sshd",
  where: "/var/log/auth.log",
  policy: "5 failures in 10m: banned for 1h",
  lines: 10_000,
  first: daysAgo(27),
  last: daysAgo(0),
  attempts: 5000,
  addresses: 100,
  moreAddresses: false,
  outside: { attempts: 5000, addresses: 100, last: daysAgo(0) },
  top: [{ subject: ip("192.0.2.1"), attempts: 900 }],
  bans: 80,
  exempt: [],
  refused: 4000,
  slow: { subjects: 20, attempts: 60, networks: [], accounts: [] },
  successes: {
    count: 10,
    outside: 10,
    byPassword: 0,
    networks: [network("203.0.113.0/24")],
    moreNetworks: false,
    afterFailures: [],
  },
  shared: [],
};
const QUIET: JailTraffic = {
  ...ATTACKED,
  attempts: 2,
  addresses: 1,
  outside: { attempts: 0, addresses: 0, last: undefined },
  top: [],
  bans: 0,
  refused: 0,
  slow: { subjects: 1, attempts: 2, networks: [], accounts: [] },
  successes: { ...ATTACKED.successes, outside: 0 },
};

const ANYWHERE = known([{ address: ip("0.0.0.0"), port: 22, scope: "any" as const }]);

interface Given extends Partial<Omit<HostFacts, "ssh" | "traffic">> {
  readonly ssh?: Partial<HostFacts["ssh"]>;
  readonly traffic?: readonly JailTraffic[];
}

/** Facts of a host that is reachable, allows passwords and is attacked, unless overridden. */
function facts({ ssh = {}, traffic = [ATTACKED], ...more }: Given = {}): HostFacts {
  return {
    now: NOW,
    ssh: {
      listening: ANYWHERE,
      publicAddresses: [ip("203.0.113.1")],
      settings: settings(PASSWORDS),
      installed: true,
      secondFactors: known([]),
      dropIns: true,
      unit: "ssh",
      ...ssh,
    },
    accounts: known({
      withPassword: 2,
      withoutAnyPassword: 0,
      rootHasPassword: false,
      elsewhere: [],
    }),
    inputFilter: known({ verdict: "open", evidence: [] }),
    traffic: {
      since: daysAgo(28),
      jails: traffic,
      cut: [],
      missing:
        traffic.length === 0 ? [{ jail: "sshd", looked: "/var/log/auth.log: no such file" }] : [],
    },
    logs: {
      forwards: ["filebeat runs"],
      unclear: [],
      rsyslog: "running",
      journal: known("persistent"),
    },
    firewall: {
      inUse: [],
      mixed: false,
      otherBanners: [],
      frontEnd: "none",
      bootedWithSystemd: true,
      bailiffUnit: "enabled",
      nftablesUnit: "absent",
      bailiffTable: known(false),
    },
    unban: {
      socketGroup: undefined,
      socketGroupMembers: [],
      administrators: [],
      allowed: 0,
      caller: undefined,
    },
    daemon: { kind: "not-running" },
    unitFiles: "/opt/bailiff/packaging/systemd/bailiff*.service",
    ...more,
  };
}

const LOOPBACK = known([{ address: ip("127.0.0.1"), port: 22, scope: "loopback" as const }]);
const INSIDE = known([{ address: ip("10.0.0.5"), port: 22, scope: "private" as const }]);

test("the risk follows from reachable ports, allowed logins and observed attacks", () => {
  const table: readonly (readonly [string, Given, string, string])[] = [
    ["passwords, reached, attacked", {}, "reduces-real-risk", "sure"],
    ["keys only", { ssh: { settings: settings(KEYS) } }, "mostly-hygiene", "sure"],
    ["a second factor by sshd", { ssh: { settings: settings(GUARDED) } }, "mostly-hygiene", "sure"],
    [
      "a second factor by PAM",
      { ssh: { secondFactors: known(["pam_u2f"]) } },
      "mostly-hygiene",
      "likely",
    ],
    [
      "passwords on, nobody has one",
      {
        accounts: known({
          withPassword: 0,
          withoutAnyPassword: 0,
          rootHasPassword: false,
          elsewhere: [],
        }),
      },
      "mostly-hygiene",
      "sure",
    ],
    [
      "only root has one, and root may not use it",
      {
        accounts: known({
          withPassword: 1,
          withoutAnyPassword: 0,
          rootHasPassword: true,
          elsewhere: [],
        }),
      },
      "mostly-hygiene",
      "sure",
    ],
    [
      "nobody has one here, but accounts come from elsewhere",
      {
        accounts: known({
          withPassword: 0,
          withoutAnyPassword: 0,
          rootHasPassword: false,
          elsewhere: ["sss"],
        }),
      },
      "reduces-real-risk",
      "sure",
    ],
    [
      "keys, but one account by password",
      { ssh: { settings: settings(KEYS, [{ account: "bob", rules: PASSWORDS }]) } },
      "reduces-real-risk",
      "sure",
    ],
    ["nobody listens", { ssh: { listening: known([]) } }, "not-needed", "sure"],
    ["loopback only", { ssh: { listening: LOOPBACK } }, "not-needed", "sure"],
    ["nobody attacks", { traffic: [QUIET] }, "not-needed", "sure"],
    [
      "shut by the packet filter, silent since",
      {
        inputFilter: known({ verdict: "closed", evidence: [] }),
        traffic: [{ ...ATTACKED, outside: { ...ATTACKED.outside, last: daysAgo(3) } }],
      },
      "not-needed",
      "sure",
    ],
    [
      "shut, they say, but somebody came through today",
      { inputFilter: known({ verdict: "closed", evidence: [] }) },
      "reduces-real-risk",
      "sure",
    ],
    ["no log", { traffic: [] }, "reduces-real-risk", "likely"],
    [
      "private address, no log",
      { ssh: { listening: INSIDE, publicAddresses: [] }, traffic: [] },
      "mostly-hygiene",
      "likely",
    ],
    [
      "private address, attacked from inside",
      {
        ssh: { listening: INSIDE, publicAddresses: [] },
        traffic: [{ ...ATTACKED, outside: QUIET.outside }],
      },
      "reduces-real-risk",
      "likely",
    ],
    ["passwords not known", { ssh: { settings: UNKNOWN } }, "not-known", "none"],
    [
      "nothing known",
      { ssh: { settings: UNKNOWN, listening: UNKNOWN }, traffic: [] },
      "not-known",
      "none",
    ],
    [
      "no SSH, but a web server under attack",
      {
        ssh: { listening: known([]), settings: UNKNOWN, installed: false },
        traffic: [{ ...ATTACKED, jail: "nginx", filter: "nginx" }],
      },
      "mostly-hygiene",
      "likely",
    ],
    [
      "two days of silence say little",
      { traffic: [{ ...QUIET, first: daysAgo(2) }] },
      "reduces-real-risk",
      "likely",
    ],
  ];
  for (const [name, given, verdict, certainty] of table) {
    const { judgment } = assess(facts(given));
    assert.equal(judgment.verdict, verdict, name);
    assert.equal(judgment.certainty, certainty, name);
    assert.ok(judgment.reasons.length > 0, name);
  }
});

function find({ findings }: Assessment, id: string): Assessment["findings"][number] {
  const found = findings.find((finding) => finding.id === id);
  assert.ok(found !== undefined, `${id} is among ${findings.map((one) => one.id).join(", ")}`);
  return found;
}

test("an unknown fact is shown as a question mark, and named with the risk", () => {
  const unseen = assess(
    facts({
      ssh: { settings: UNKNOWN },
      accounts: UNKNOWN,
      inputFilter: UNKNOWN,
      firewall: { ...facts().firewall, bailiffTable: UNKNOWN, bootedWithSystemd: false },
      traffic: [],
    }),
  );
  for (const id of ["passwords", "attacks", "firewall", "reboot"])
    assert.equal(find(unseen, id).mark, "unknown", id);
  assert.match(unseen.judgment.unknown.join("; "), /attacks: no log of sshd/);
  assert.match(unseen.judgment.unknown.join("; "), /which accounts have a password: .*needs root/);
  assert.deepEqual(unseen.changes[0]?.how, ["sudo bailiff assess"]);
});

test("unreadable settings of sshd are reported once", () => {
  const why = "sshd -T failed (needs root)";
  const unseen = assess(facts({ ssh: { settings: { known: false, why } } }));
  const { judgment, findings } = unseen;
  const said = JSON.stringify([judgment, findings]);
  assert.equal(said.split("sshd -T failed").length - 1, 1, said);
  assert.deepEqual(judgment.reasons, ["it is not known whether SSH accepts passwords"]);
});

test("settings that sshd cannot report cause advice to fix its error", () => {
  const adviceOn = (why: string) =>
    assess(facts({ ssh: { settings: { known: false, why } } })).changes[0];
  assert.match(adviceOn("sshd -T failed: no hostkeys available")?.what ?? "", /^Fix the error/);
  assert.match(adviceOn("sshd -T failed (needs root): no hostkeys")?.what ?? "", /as root$/);
  assert.doesNotMatch(adviceOn("no sshd is installed")?.what ?? "", /^Fix|as root$/);
});

test("a few logins do not cause advice about sources or methods of logins", () => {
  const after = (count: number, byPassword = 0) => {
    const successes = { ...ATTACKED.successes, count, outside: count, byPassword };
    return assess(facts({ traffic: [{ ...ATTACKED, successes }] }));
  };
  const only = (count: number) =>
    after(count).changes.some(({ what }) => what.startsWith("Let only your own networks"));
  assert.deepEqual([only(1), only(4), only(5)], [false, false, true]);
  const why = (count: number, byPassword: number) =>
    after(count, byPassword).changes.find(({ what }) => what === "Turn off password login")?.why;
  assert.equal(why(1, 0), "keys cannot be guessed");
  assert.equal(why(1, 1), "1 login of 1 used one: give those people keys first");
  assert.equal(why(9, 0), "none was used in 9 logins");
  assert.match(find(after(1), "logins").answer, /^1 login, 0 by password, 1 from outside$/);
});

test("reachability from the internet is unknown until a client connected", () => {
  const { judgment } = assess(facts({ traffic: [] }));
  assert.match(judgment.unknown.join(), /provider filters traffic/);
  assert.doesNotMatch(assess(facts()).judgment.unknown.join(), /provider/);
});

function whats(given: Given): readonly string[] {
  return assess(facts(given)).changes.map(({ what }) => what);
}

test("at most three changes are suggested, the most useful first, each with commands", () => {
  assert.deepEqual(whats({}), [
    "Turn off password login",
    "Let only your own networks reach port 22",
  ]);
  const worst: Given = {
    traffic: [
      {
        ...ATTACKED,
        successes: {
          ...ATTACKED.successes,
          afterFailures: [{ ip: ip("192.0.2.1"), failures: 900, account: "bob", at: daysAgo(1) }],
        },
      },
    ],
    firewall: { ...facts().firewall, bailiffUnit: "installed" },
    logs: { forwards: [], unclear: [], rsyslog: "absent", journal: known("volatile") },
  };
  assert.deepEqual(whats(worst), [
    "Find out who logged in after many failures",
    "Turn off password login",
    "Run bailiff",
  ]);
  for (const { how, why } of assess(facts(worst)).changes) {
    assert.ok(how.length > 0);
    assert.ok(why.length > 0);
  }
  assert.deepEqual(
    whats({
      ssh: { settings: settings(KEYS) },
      traffic: [QUIET],
      logs: { forwards: [], unclear: [], rsyslog: "absent", journal: known("volatile") },
    }).slice(0, 2),
    ["Send the logs to another host", "Keep the journal over a reboot"],
  );
});

test("without systemd no command of it is suggested", () => {
  const firewall = { ...facts().firewall, bootedWithSystemd: false };
  const journal: HostFacts["logs"]["journal"] = known("volatile");
  const logs: HostFacts["logs"] = { forwards: [], unclear: [], rsyslog: "absent", journal };
  for (const given of [{}, { ssh: { settings: settings(KEYS) }, traffic: [QUIET] }]) {
    const how = assess(facts({ ...given, firewall, logs })).changes.flatMap((one) => one.how);
    assert.ok(how.length > 0);
    assert.doesNotMatch(how.join("\n"), /systemctl/);
  }
});

test("a suggested setting goes into a file that sshd reads", () => {
  const how = (given: Given): string =>
    assess(facts(given))
      .changes.find(({ what }) => what === "Turn off password login")
      ?.how.join("\n") ?? "";
  assert.match(how({}), /> \/etc\/ssh\/sshd_config\.d\/05-keys-only\.conf\n/);
  assert.match(how({ ssh: { dropIns: false } }), /sed -i '1i .*' \/etc\/ssh\/sshd_config\n/);
  assert.match(
    how({ ssh: { settings: settings(KEYS, [{ account: "bob", rules: PASSWORDS }]) } }),
    /in the Match block that names bob/,
  );
});

test("advice that restricts access keeps the user's own address allowed", () => {
  const only = (caller: string): string =>
    assess(facts({ unban: { ...facts().unban, caller: { ip: ip(caller), allowed: false } } }))
      .changes.find(({ what }) => what.startsWith("Let only"))
      ?.how.join("\n") ?? "";
  assert.match(only("198.51.100.20"), /'\{' 203\.0\.113\.0\/24, 198\.51\.100\.20 '\}'/);
  assert.match(only("203.0.113.20"), /'\{' 203\.0\.113\.0\/24 '\}'/);
});

test("commands for every firewall can be wrapped to fit a screen", () => {
  const caller = { ip: ip("2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff"), allowed: false };
  for (const frontEnd of ["none", "firewalld", "ufw"] as const) {
    const { firewall, unban } = facts();
    const given = facts({ firewall: { ...firewall, frontEnd }, unban: { ...unban, caller } });
    const only = assess(given).changes.find(({ what }) => what.startsWith("Let only"));
    const words = only?.how.flatMap((line) => line.match(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g) ?? []);
    assert.ok(words !== undefined && words.some((word) => word.includes("2001:db8:")));
    for (const word of words) assert.ok(word.length <= 70, word);
  }
});

test("a second program that bans, mixed rule stores, shared addresses and current bans are reported", () => {
  const { firewall } = facts();
  const both = assess(
    facts({
      firewall: { ...firewall, otherBanners: ["fail2ban-server"], mixed: true },
      daemon: {
        kind: "running",
        version: "1",
        state: "degraded",
        jailsInState: ["sshd"],
        since: daysAgo(1),
        banned: 3,
        enforcing: true,
      },
      traffic: [
        {
          ...ATTACKED,
          exempt: [ip("192.0.2.8")],
          shared: [{ ip: ip("203.0.113.77"), accounts: 4 }],
        },
      ],
    }),
  );
  assert.match(find(both, "firewall").answer, /fail2ban-server bans here as well/);
  assert.match(
    find(both, "stopped").evidence.join(),
    /attempts that bailiff and fail2ban-server blocked are not counted/,
  );
  assert.match(find(both, "shared").evidence.join(), /203\.0\.113\.77 \(4 accounts\)/);
  assert.match(find(both, "stopped").answer, /by 80 bans \(192\.0\.2\.8 is exempt\)$/);
  assert.equal(find(both, "daemon").mark, "note");
  assert.equal(find(both, "daemon").answer, "degraded (sshd), 3 bans in force");
  assert.match(
    find(assess(facts({ firewall: { ...firewall, mixed: true } })), "firewall").answer,
    /legacy iptables/,
  );
});
