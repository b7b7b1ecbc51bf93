/** A reload that changes a detector: what the detector recorded or decided with its old setting counts no longer. */
import assert from "node:assert/strict";
import test from "node:test";
import type { DETECT } from "../../src/config/jail-settings.ts";
import { literalSubject } from "../../src/domain/cidr.ts";
import { openVirtualDaemon, type VirtualDaemon } from "./virtual-daemon.ts";

type DetectorName = Exclude<
  keyof typeof DETECT,
  "honeypot_users" | "honeypot_paths" | "open_registration"
>;
type Mode = "act" | "report" | "off";

interface Attack {
  readonly subject: string;
  /** A little less than the detector needs. */
  readonly prepare: (daemon: VirtualDaemon) => Promise<void>;
  readonly complete: (daemon: VirtualDaemon) => Promise<void>;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const OFF = ["slow", "evidence", "siege", "campaigns", "accounts", "subnets"];

const config = (modes: Partial<Record<DetectorName, Mode>>): string => `[defaults]
enforcer = "memory"
bans_per_minute = 1
findtime = "${modes.campaigns || modes.accounts ? "7d" : "10m"}"

[jails.sshd]
source = { file = ["/story"] }

[jails.sshd.detect]
${OFF.map((name) => `${name} = "${{ ...modes }[name as DetectorName] ?? "off"}"`).join("\n")}
`;

let pid = 0;
async function read(daemon: VirtualDaemon, message: string): Promise<void> {
  pid++;
  const stamp = new Date(daemon.now()).toISOString();
  await daemon.read([`${stamp} host sshd[${pid}]: ${message}`], "live");
}

const fail = (daemon: VirtualDaemon, user: string, ip: string) =>
  read(daemon, `Failed password for ${user} from ${ip} port 1 ssh2`);
const failUnknown = (daemon: VirtualDaemon, user: string, ip: string) =>
  read(daemon, `Invalid user ${user} from ${ip} port 1`);
const isBanned = (daemon: VirtualDaemon, subject: string): boolean =>
  daemon.bansOf(literalSubject(subject)).length > 0;

let elapsed = 0;
async function pass(daemon: VirtualDaemon, time: number): Promise<void> {
  elapsed += time;
  await daemon.passTo(elapsed);
}

async function open(text: string): Promise<VirtualDaemon> {
  elapsed = 0;
  return openVirtualDaemon(text);
}

/** Five quiet days, then so many addresses that try one name. All of it is in the log already. */
async function rush(daemon: VirtualDaemon, count: number, user: string): Promise<void> {
  const line = (before: number, message: string): string => {
    pid++;
    return `${new Date(daemon.now() - before).toISOString()} host sshd[${pid}]: ${message} port 1`;
  };
  const quiet = Array.from({ length: 21 }, (_, n) =>
    line((126 - 6 * n) * HOUR, `Invalid user root from 203.0.113.${n + 1}`),
  );
  const rushed = Array.from({ length: count }, (_, n) =>
    line(MINUTE + (count - n) * 2000, `Invalid user ${user} from 2001:db8:${n}::1`),
  );
  await daemon.read([...quiet, ...rushed], "backlog");
}

const ATTACKS: Readonly<Record<DetectorName, Attack>> = {
  slow: {
    subject: "192.0.2.7",
    async prepare(daemon) {
      for (let n = 1; n <= 9; n++) {
        await fail(daemon, "root", "192.0.2.7");
        if (n % 3 === 0) await pass(daemon, 11 * MINUTE);
      }
    },
    async complete(daemon) {
      await fail(daemon, "root", "192.0.2.7");
      await fail(daemon, "root", "192.0.2.7");
    },
  },
  evidence: {
    subject: "192.0.2.7",
    async prepare(daemon) {
      for (const user of ["oracle", "postgres"]) await failUnknown(daemon, user, "192.0.2.7");
    },
    complete: (daemon) => failUnknown(daemon, "jenkins", "192.0.2.7"),
  },
  siege: {
    subject: "192.0.2.7",
    async prepare(daemon) {
      for (let n = 1; n <= 4; n++) await failUnknown(daemon, "oracle", `198.51.100.${n}`);
    },
    complete: (daemon) => failUnknown(daemon, "oracle", "192.0.2.7"),
  },
  campaigns: {
    subject: "192.0.2.7",
    prepare: (daemon) => rush(daemon, 30, "root"),
    async complete(daemon) {
      await failUnknown(daemon, "root", "192.0.2.7");
      await failUnknown(daemon, "root", "192.0.2.7");
    },
  },
  accounts: {
    subject: "192.0.2.7",
    prepare: (daemon) => rush(daemon, 18, "svc_backup"),
    complete: (daemon) => failUnknown(daemon, "svc_backup", "192.0.2.7"),
  },
  subnets: {
    subject: "192.0.2.0/24",
    async prepare(daemon) {
      for (let n = 1; n < 16; n++) await fail(daemon, "root", `192.0.2.${Math.ceil(n / 2)}`);
    },
    complete: (daemon) => fail(daemon, "root", "192.0.2.8"),
  },
};

const ATTACK_LIST = Object.entries(ATTACKS) as [DetectorName, Attack][];
assert.deepEqual(ATTACK_LIST.map(([name]) => name).toSorted(), OFF.toSorted());

test("a detector bans by its current setting, whatever it was when the failures were counted", async () => {
  for (const [name, { subject, prepare, complete }] of ATTACK_LIST)
    for (const mode of ["act", "report"] as const) {
      await using daemon = await open(config({ [name]: "act" }));
      await prepare(daemon);
      assert.equal(isBanned(daemon, subject), false, `${name} before`);
      await daemon.reload(config({ [name]: mode }));
      await pass(daemon, 1000);
      await complete(daemon);
      assert.equal(isBanned(daemon, subject), mode === "act", `${name} = ${mode}`);
    }
});

test("what a detector found does not wait for the ban budget any more after a reload that lets it only report", async () => {
  for (const [name, { subject, prepare, complete }] of ATTACK_LIST) {
    await using daemon = await open(config({ [name]: "act" }));
    await prepare(daemon);
    // They spend the budgets of both rules.
    for (let n = 0; n < 5; n++) {
      await fail(daemon, "admin", "203.0.113.200");
      await failUnknown(daemon, `name${n}`, "203.0.113.201");
    }
    await complete(daemon);
    assert.ok(daemon.takeEvent("ban-rate-reached", undefined), `${name} waits`);
    await daemon.reload(config({ [name]: "report" }));
    for (let n = 0; n < 6; n++) await pass(daemon, MINUTE / 2);
    assert.equal(isBanned(daemon, subject), false, name);
  }
});

test("what a detector added to failures counts no longer after a reload that changes it", async () => {
  const evidence = async (daemon: VirtualDaemon): Promise<void> => {
    // Two failures that count as three.
    for (const user of ["oracle", "postgres"]) await failUnknown(daemon, user, "192.0.2.7");
  };
  const siege = async (daemon: VirtualDaemon): Promise<void> => {
    for (let n = 1; n <= 5; n++) await failUnknown(daemon, `name${n}`, `198.51.100.${n}`);
    // One failure that counts as three.
    await failUnknown(daemon, "oracle", "192.0.2.7");
    await fail(daemon, "root", "192.0.2.7");
  };
  for (const [attack, before, after] of [
    [evidence, { evidence: "act", siege: "act" }, { evidence: "off", siege: "act" }],
    [evidence, { evidence: "report" }, { evidence: "act" }],
    [siege, { evidence: "act", siege: "act" }, { evidence: "act", siege: "report" }],
  ] as const) {
    await using daemon = await open(config(before));
    await attack(daemon);
    await daemon.reload(config(after));
    await pass(daemon, 1000);
    for (let n = 0; n < 2; n++) await fail(daemon, "root", "192.0.2.7");
    assert.equal(isBanned(daemon, "192.0.2.7"), false, JSON.stringify(after));
    await fail(daemon, "root", "192.0.2.7");
    assert.equal(isBanned(daemon, "192.0.2.7"), true);
  }
});

test("slow counts no longer what evidence added before a reload that lets that only report", async () => {
  await using daemon = await open(config({ slow: "act", evidence: "act" }));
  // Four failures that count as seven.
  for (const user of ["oracle", "postgres", "oracle", "postgres"]) {
    await failUnknown(daemon, user, "192.0.2.7");
    await pass(daemon, 6 * MINUTE);
  }
  await daemon.reload(config({ slow: "act", evidence: "report" }));
  for (let n = 0; n < 5; n++) {
    await pass(daemon, 6 * MINUTE);
    await fail(daemon, "root", "192.0.2.7");
  }
  await daemon.restart();
  assert.equal(isBanned(daemon, "192.0.2.7"), false);
  for (let n = 0; n < 2; n++) await fail(daemon, "root", "192.0.2.7");
  const [ban] = daemon.bansOf(literalSubject("192.0.2.7"));
  assert.match(ban?.reason ?? "", /^slow: 11 failures/);
});

test("what evidence found waits over a restart, but not of an address from which a user logs in", async () => {
  await using daemon = await open(config({ evidence: "act" }));
  for (let n = 0; n < 5; n++) await failUnknown(daemon, "admin", "203.0.113.201");
  for (const ip of ["192.0.2.7", "192.0.2.8"])
    for (const user of ["oracle", "postgres", "jenkins"]) await failUnknown(daemon, user, ip);
  await read(daemon, "Accepted password for alice from 192.0.2.8 port 1 ssh2");
  await daemon.restart();
  for (let n = 0; n < 6; n++) await pass(daemon, MINUTE / 2);
  const [ban] = daemon.bansOf(literalSubject("192.0.2.7"));
  assert.equal(ban?.reason, "evidence: 3 failures in 10m with several users that do not exist");
  assert.equal(isBanned(daemon, "192.0.2.8"), false);
});

test("a reload loses nothing of what networks and sieges counted since it was saved", async () => {
  await using daemon = await open(config({ subnets: "act", siege: "report" }));
  const failTwice = async (n: number): Promise<void> => {
    for (let i = 0; i < 2; i++) await fail(daemon, "root", `192.0.2.${n}`);
  };
  for (let n = 1; n <= 3; n++) await failTwice(n);
  await pass(daemon, 20 * MINUTE);
  for (let n = 4; n <= 7; n++) await failTwice(n);
  await daemon.reload(config({ subnets: "act", siege: "report", slow: "report" }));
  assert.equal(daemon.daemon.jails[0]?.jail.weights.siege.strangers, 7);
  await failTwice(8);
  assert.equal(isBanned(daemon, "192.0.2.0/24"), true);
});

test("no event reports a siege while that detector is off", async () => {
  for (const siege of ["report", "off"] as const) {
    await using daemon = await open(config({ evidence: "act", siege }));
    for (let n = 1; n <= 6; n++) await fail(daemon, "root", `198.51.100.${n}`);
    await daemon.restart();
    await fail(daemon, "root", "198.51.100.7");
    const events = daemon.events.filter(({ event }) => event.startsWith("siege-"));
    assert.equal(events.length, siege === "report" ? 1 : 0);
  }
});

test("a restart bans nobody for what evidence added before the login of a user", async () => {
  await using daemon = await open(config({ evidence: "act" }));
  for (const user of ["oracle", "postgres"]) await failUnknown(daemon, user, "192.0.2.7");
  await read(daemon, "Accepted password for alice from 192.0.2.7 port 1 ssh2");
  for (let n = 0; n < 2; n++) await fail(daemon, "root", "192.0.2.7");
  await daemon.restart();
  assert.equal(isBanned(daemon, "192.0.2.7"), false);
});

test("a line of before a change of settings that is read after it counts with the new ones", async () => {
  await using daemon = await open(config({ evidence: "act" }));
  const stamp = new Date(daemon.now()).toISOString();
  await pass(daemon, MINUTE);
  const honeypot = '[jails.sshd.detect]\nhoneypot_users = ["trap"]';
  await daemon.reload(config({ evidence: "act" }).replace("[jails.sshd.detect]", honeypot));
  const message = "Invalid user trap from 192.0.2.7 port 1";
  await daemon.read([`${stamp} host sshd[1]: ${message}`], "live");
  const [ban] = daemon.bansOf(literalSubject("192.0.2.7"));
  assert.equal(ban?.reason, "evidence: 1 failure in 10m for a honeypot user");
});

test("the reason of a ban names the detector that decided, also after a restart", async () => {
  for (const starts of [0, 1]) {
    await using daemon = await open(config({ evidence: "act", siege: "act" }));
    for (let n = 0; n < 5; n++) await failUnknown(daemon, "admin", "203.0.113.201");
    for (let n = 1; n <= 5; n++) await failUnknown(daemon, "oracle", `198.51.100.${n}`);
    // The siege adds four, then evidence could add one.
    await failUnknown(daemon, "oracle", "192.0.2.7");
    for (let n = 0; n < starts; n++) await daemon.restart();
    for (let n = 0; n < 16; n++) await pass(daemon, MINUTE / 2);
    const [ban] = daemon.bansOf(literalSubject("192.0.2.7"));
    assert.match(
      ban?.reason ?? "",
      /^siege: 1 failure in 10m while \d+ sources without a login fail, for a name that others tried$/,
    );
  }
});
