/** Logins with many accounts, which an attacker may choose, and the alarm about the account of a user. */
import assert from "node:assert/strict";
import test from "node:test";
import { openVirtualDaemon, type VirtualDaemon } from "./virtual-daemon.ts";

const HOUR = 3_600_000;
const config = `[defaults]
enforcer = "memory"
maxretry = 50
findtime = "7d"
detect = { slow = "off", evidence = "off", siege = "off", subnets = "off" }

[jails.sshd]
source = { file = ["/story"] }

[jails.forum]
filter = "sshd"
source = { file = ["/forum"] }
detect = { open_registration = true }
`;

let pid = 0;

/** Reads lines of one second each, of which the last is so long ago. All of it is in the log already. */
async function read(
  daemon: VirtualDaemon,
  place: string,
  messages: readonly string[],
  ago: number = 0,
): Promise<void> {
  const last = daemon.now() - ago;
  const lines = messages.map((message, n) => {
    pid++;
    const at = new Date(last - (messages.length - 1 - n) * 1000).toISOString();
    return `${at} host sshd[${pid}]: ${message} port 1 ssh2`;
  });
  await daemon.read(lines, "backlog", place);
}

const logIn = (user: string, ip: string): string => `Accepted password for ${user} from ${ip}`;

/** Failures of one account from so many networks. */
const guesses = (user: string, count = 120): readonly string[] =>
  Array.from({ length: count }, (_, n) => `Failed password for ${user} from 2001:db8:${n}::1`);

async function alarmsOf({ answer }: VirtualDaemon): Promise<readonly string[]> {
  const { suspected_compromises: shown } = await answer.status({}, "test");
  return shown.map(({ user, jail }) => `${user} ${jail}`);
}

/** A daemon at which users of both services logged in on five days, two hours ago at last, with some noise. */
async function openKnown(): Promise<VirtualDaemon> {
  const daemon = await openVirtualDaemon(config);
  for (let hours = 122; hours > 0; hours -= 12) {
    const noise = `Failed password for root from 203.0.113.${hours}`;
    await read(daemon, "/story", [noise, logIn("alice", "198.51.100.1")], hours * HOUR);
    await read(daemon, "/forum", [noise, logIn("carol", "192.0.2.1")], hours * HOUR);
  }
  return daemon;
}

test("accounts that anybody may register make no service forget the accounts of its users", async () => {
  await using daemon = await openKnown();
  const flood = Array.from({ length: 2500 }, (_, n) => logIn(`spam${n}`, `2001:db8:f${n % 9}::1`));
  await read(daemon, "/forum", flood, HOUR);
  for (const [user, place, ago] of [
    ["alice", "/story", HOUR / 2],
    ["carol", "/forum", 0],
  ] as const) {
    await read(daemon, place, guesses(user), ago + 1000);
    await read(daemon, place, [logIn(user, "203.0.113.9")], ago);
  }
  assert.deepEqual((await alarmsOf(daemon)).toSorted(), ["alice sshd", "carol forum"]);
});

test("spellings of one account take one place", async () => {
  await using daemon = await openKnown();
  const letters = [..."administratorxyz"];
  const spellings = Array.from({ length: 2500 }, (_, n) =>
    letters.map((letter, at) => ((n >> at) & 1 ? letter.toUpperCase() : letter)).join(""),
  );
  const logins = spellings.map((user) => logIn(user, "198.51.100.1"));
  await read(daemon, "/story", [logIn("bob", "198.51.100.1"), ...logins], HOUR);
  await read(daemon, "/story", guesses("bob"), 1000);
  await read(daemon, "/story", [logIn("bob", "203.0.113.9")]);
  assert.deepEqual(await alarmsOf(daemon), ["bob sshd"]);
});

test("an account that nobody used yet has an alarm, although a user has its name at another domain", async () => {
  for (const [known, name] of [
    ["bob@a.example", "bob@b.example"],
    ["bob@a.example", "Bob@mail.example.org"],
    ["A\\bob", "B\\bob"],
  ] as const) {
    await using daemon = await openKnown();
    await read(daemon, "/story", [logIn(known, "198.51.100.1")], HOUR);
    await read(daemon, "/story", guesses(name, 25), 1000);
    await read(daemon, "/story", [logIn(name, "203.0.113.9")]);
    assert.deepEqual(await alarmsOf(daemon), [`${name} sshd`]);
  }
});

test("guesses of a name without its domain are guesses of each account with the name", async () => {
  for (const domain of ["a", "b"]) {
    await using daemon = await openKnown();
    for (const known of ["a", "b"])
      await read(daemon, "/story", [logIn(`bob@${known}.example`, "198.51.100.1")], HOUR);
    await read(daemon, "/story", guesses("bob"), 1000);
    await read(daemon, "/story", [logIn(`bob@${domain}.example`, "203.0.113.9")]);
    assert.deepEqual(await alarmsOf(daemon), [`bob@${domain}.example sshd`]);
  }
});

test("own accounts or spellings of an attacker do not remove the alarm about a user", async () => {
  for (const account of [(n: number) => `own${n}`, (n: number) => `mallory@d${n}.example`]) {
    await using daemon = await openKnown();
    await read(daemon, "/forum", guesses("carol", 300), HOUR);
    await read(daemon, "/story", guesses("alice"), HOUR / 2);
    await read(daemon, "/story", [logIn("alice", "203.0.113.9")], HOUR / 4);
    await read(daemon, "/forum", [logIn("carol", "203.0.113.9")], HOUR / 4);
    const own = Array.from({ length: 300 }, (_, n) => logIn(account(n), `2001:db8:${n}::1`));
    await read(daemon, "/forum", own);
    const alarms = await alarmsOf(daemon);
    assert.ok(alarms.length > 50);
    for (const one of ["alice sshd", "carol forum"]) assert.ok(alarms.includes(one), one);
  }
});

test("another case of an account is the same user in the own network, and nowhere else", async () => {
  await using daemon = await openKnown();
  await read(daemon, "/forum", [logIn("CAROL", "203.0.113.9")], HOUR);
  await read(daemon, "/forum", guesses("carol"), 2000);
  await read(daemon, "/forum", [logIn("Carol", "192.0.2.7")], 1000);
  assert.deepEqual(await alarmsOf(daemon), []);
  // Maybe an account that an attacker registered where the case matters.
  await read(daemon, "/forum", [logIn("carol", "203.0.113.9")]);
  assert.deepEqual(await alarmsOf(daemon), ["carol forum"]);
});
