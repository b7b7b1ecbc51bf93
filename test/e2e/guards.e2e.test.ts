/**
 * The guards with a real sshd, real logins and a real firewall: the ban of a logged-in user is delayed, but not
 * forever; a flood is banned at the limit of its rule; a rule that bans addresses of users is stopped.
 */
import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { failures, logLine, openStage, type Stage, THREE_STRIKES } from "./stage.ts";

const THREE = `[defaults]
maxretry = 3
findtime = "10m"
bantime = "1h"
increment = { enabled = false }
`;

async function openStarted(t: TestContext, config: string, sshd: "real" | "none"): Promise<Stage> {
  const stage = await openStage({ sshd, config });
  t.after(() => stage[Symbol.asyncDispose]());
  await stage.start();
  return stage;
}

test("the ban of an address with a live session is delayed and reported, then made", async (t) => {
  // With this configuration a login by key gives no protection, only a live connection does.
  const config = `${THREE}lockout_guard = "15s"\nkey_login = "0s"\n[jails.sshd]\n`;
  const stage = await openStarted(t, config, "real");
  const { lab } = stage;
  const visitor = lab.visitor.ipv4;
  const guess = () => lab.guess({ place: "visitor", from: visitor });

  const session = lab.stayLoggedIn();
  assert.ok((await lab.logLines?.until("Accepted publickey for alice")) !== undefined);
  for (let i = 0; i < 3; i++) assert.equal((await guess()).kind, "refused");
  const guarded = await stage.untilEvent("lockout-guarded", { ip: visitor });
  assert.match(
    String(guarded["reason"]),
    /^alice has been logged in from \S+ since \S+ \(sshd, port \d+\)$/,
  );
  await stage.untilEvent("ignored", { ip: visitor });
  assert.deepEqual(await stage.blocked(), []);
  assert.deepEqual(await stage.bans(), []);

  const why = await stage.bailiff("why", visitor);
  assert.match(
    why.output,
    /not banned; a ban would be delayed because of this login:\s+alice\s+has been logged in\s+from/,
  );
  assert.match(why.output, /sshd did not ban it for 1 offense since/);
  assert.match(why.output, /Logins from there:\n.*alice \(sshd\) from \S+, once, with a key/);

  await t.test(
    "a manual ban of such an address needs --force, and the audit has the session",
    async () => {
      const refused = await stage.bailiff("ban", visitor);
      assert.equal(refused.code, 1);
      assert.match(
        refused.output,
        /NOT banned: alice has been logged in from .* bailiff ban \S+ --force/,
      );
      const typed = ["ban", visitor, "--jail", "sshd", "--for", "2d", "--reason", "my test"];
      const { output } = await stage.bailiff(...typed);
      const whole = `bailiff ban ${visitor} --jail sshd --for 2d --reason 'my test' --force`;
      assert.ok(output.replaceAll(/\s*\\?\s+/g, " ").includes(whole), output);
      const network = visitor.replace(/\.\d+$/, ".0/24");
      assert.equal((await stage.bailiff("ban", network)).code, 1);
      const json = await stage.bailiff("ban", "--json", visitor);
      assert.match(json.output, /"outcome":"needs-force"/);
      const [own] = await stage.ask("ban", { subject: "203.0.113.250", peer: "203.0.113.250" });
      assert.equal(own?.outcome, "needs-force");
      assert.match(own?.detail ?? "", /you are connected from 203\.0\.113\.250/);
      assert.deepEqual(await stage.bans(), []);

      const forced = await stage.bailiff("ban", "--force", visitor);
      assert.equal(forced.code, 0, forced.output);
      await stage.untilBlocked(visitor);
      const audit = await stage.bailiff("history", "--audit", visitor);
      assert.match(audit.output, / ban .*; forced, although alice has been logged in/);
      await stage.bailiff("unban", visitor);
      await stage.untilFree(visitor);
    },
  );

  await t.test("after the allowance the address is banned despite the session", async () => {
    const since = Date.parse(String(guarded["until"]));
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, since + 100 - Date.now())));
    for (let i = 0; i < 3; i++) assert.equal((await guess()).kind, "refused");
    await stage.untilBlocked(visitor);
    const [ban] = await stage.bans();
    assert.match(
      ban?.reason ?? "",
      /3 failures in 10m; alice has been logged in .*, but its time is over/,
    );
    assert.ok(session !== undefined);
  });
});

test("an address is banned normally after its session is closed", async (t) => {
  const config = `${THREE}key_login = "0s"\n[jails.sshd]\n`;
  const stage = await openStarted(t, config, "real");
  const visitor = stage.lab.visitor.ipv4;
  assert.equal((await stage.lab.logIn()).kind, "let-in");
  for (let i = 0; i < 3; i++)
    assert.equal((await stage.lab.guess({ place: "visitor", from: visitor })).kind, "refused");
  await stage.untilBlocked(visitor);
  assert.deepEqual(stage.events("lockout-guarded"), []);
});

test("a flood of offenders is banned at the limit and reported, those with most failures first", async (t) => {
  const stage = await openStarted(t, `${THREE}bans_per_minute = 20\n[jails.sshd]\n`, "none");
  const address = (n: number): string => `198.51.100.${n}`;
  stage.write(Array.from({ length: 30 }, (_, n) => failures(address(n + 1), 3)).flat());
  const limited = await stage.untilEvent("ban-rate-reached", { jail: "sshd" });
  assert.equal(limited["rule"], "failed-attempt");
  const failed = await stage.untilEvent("jail-failed", { cause: "ban-rate-reached" });
  assert.equal(failed["state"], "toothless");
  assert.equal((await stage.bans()).length, 20);
  stage.write(failures(address(27), 2));
  const status = await stage.bailiff("status");
  assert.equal(status.code, 1);
  assert.match(status.output, /toothless[\s\S]*10 offenders not banned yet/);
  const why = await stage.bailiff("why", address(27));
  assert.match(
    why.output,
    /sshd has not banned it yet: rule failed-attempt bans at its limit of 20/,
  );
  const list = await stage.bailiff("breaker");
  assert.equal(list.code, 1);
  assert.match(list.output, /limit of 20 a minute .*: 10 offenders not banned yet/);

  const wrong = await stage.bailiff("breaker", "reset", "nginx");
  assert.equal(wrong.code, 64);
  assert.equal((await stage.bailiff("breaker", "reset", "sshd", "other")).code, 1);
  const reset = await stage.bailiff("breaker", "reset", "sshd");
  assert.match(reset.output, /sshd: rule failed-attempt has a new budget for this minute/);
  await stage.untilBlocked(address(30));
  const bans = stage.events("ban").map(({ ip }) => ip);
  assert.equal(bans[20], address(27), "the subject with most failures is next");
  await stage.untilEvent("ban-rate-recovered", { released: 10, dropped: 0 });
  await stage.untilEvent("jail-ok", { before: "toothless" });
});

test("a rule that bans addresses of users is stopped until it is reset, also over restarts", async (t) => {
  const stage = await openStarted(t, `${THREE}shared = "ban"\n[jails.sshd]\n`, "none");
  const place = (n: number): string => `198.51.100.${n}`;
  const people = ["alice", "bob", "carol", "dave", "erin"];
  const logIns = people.map(
    (user, n) => `Accepted password for ${user} from ${place(n + 1)} port 4 ssh2`,
  );
  stage.write(logIns.map((text) => logLine(text)));
  stage.write(people.flatMap((_, n) => failures(place(n + 1), 3)));
  const tripped = await stage.untilEvent("breaker-tripped", { jail: "sshd" });
  assert.equal(tripped["rule"], "failed-attempt");
  assert.equal((await stage.bans()).length, 4);
  const failed = await stage.untilEvent("jail-failed", { cause: "breaker-open" });
  assert.equal(failed["state"], "toothless");
  assert.match(String(failed["fix"]), /bailiff breaker reset sshd/);

  await stage.stop();
  await stage.start();
  stage.write(failures("203.0.113.40", 3));
  await stage.untilEvent("ignored", { ip: "203.0.113.40" });
  assert.ok(!(await stage.blocked()).includes("203.0.113.40"));
  const why = await stage.bailiff("why", "203.0.113.40");
  assert.match(
    why.output,
    /sshd: rule failed-attempt has been suspended since .* not banned since/,
  );
  const list = await stage.bailiff("breaker");
  assert.match(
    list.output,
    /sshd: rule failed-attempt was suspended .*banned 4 addresses from which users \(.*\) had logged in/,
  );

  const reset = await stage.bailiff("breaker", "reset", "sshd");
  assert.equal(reset.code, 0);
  assert.match(reset.output, /sshd: rule failed-attempt bans again/);
  assert.equal((await stage.bailiff("breaker")).code, 0);
  stage.write(failures("203.0.113.41", 3));
  await stage.untilBlocked("203.0.113.41");
  const audit = await stage.bailiff("history", "--audit");
  assert.match(audit.output, /breaker-reset/);
  assert.match(audit.output, /breaker-tripped/);
});

test("for a shared address only the program's ports are closed, if the jail is configured so", async (t) => {
  const stage = await openStarted(t, `${THREE}shared = "ports"\n[jails.sshd]\n`, "none");
  const [office, other] = ["198.51.100.1", "198.51.100.2"];
  for (const user of ["alice", "bob", "carol"])
    stage.write(logLine(`Accepted password for ${user} from ${office} port 40022 ssh2`));
  stage.write([...failures(office, 3), ...failures(other, 3)]);
  await stage.untilBlocked(other);
  await stage.untilBlocked(office);
  const bans = await stage.bans();
  assert.equal(bans.find(({ subject }) => subject === office)?.ports, "tcp/22");
  assert.equal(bans.find(({ subject }) => subject === other)?.ports, "all");
  const why = await stage.bailiff("why", office);
  assert.match(
    why.output,
    /3 accounts have logged in from it: sshd closes only the ports of its program/,
  );

  stage.write(failures(office, 3));
  await stage.untilEvent("ignored", { ip: office });
  const [still] = (await stage.bans()).filter(({ subject }) => subject === office);
  assert.equal(still?.ports, "tcp/22");
  assert.deepEqual(stage.events("ban-extended"), []);
});

test("an observed ban becomes a real one after more failures, and one of ports moves with its jail", async (t) => {
  const stage = await openStarted(t, `${THREE_STRIKES}enforcer = "memory"\n`, "none");
  stage.write(failures("192.0.2.31", 3));
  await stage.untilEvent("ban", { ip: "192.0.2.31" });
  assert.deepEqual(await stage.blocked(), []);

  stage.configure(`${THREE_STRIKES}ports = [22]\n`);
  assert.equal((await stage.bailiff("reload")).code, 0);
  stage.write(failures("192.0.2.31", 3));
  await stage.untilBlocked("192.0.2.31");

  stage.configure(THREE_STRIKES);
  assert.equal((await stage.bailiff("reload")).code, 0);
  assert.deepEqual(
    (await stage.bans()).map(({ ports }) => ports),
    ["all"],
  );
  assert.deepEqual(
    (await stage.lab.elements()).map(({ set }) => set),
    ["v4_32"],
  );
});
