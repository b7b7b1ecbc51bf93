/** The owner of an account must not gain additional guesses at other accounts. */
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { fuzzRuns } from "../fuzz-rounds.ts";
import { MAX_OFFENSES } from "../../src/detect/lockout-guard.ts";
import { parseSubject } from "../../src/domain/cidr.ts";
import { openVirtualDaemon, type VirtualDaemon } from "./virtual-daemon.ts";

const MAXRETRY = 3;
const config = (more = ""): string => `[defaults]
maxretry = ${MAXRETRY}
findtime = "10m"
bantime = "30m"
increment = { enabled = false }
enforcer = "memory"
${more}
[jails.sshd]
source = { file = ["/story"] }
`;

const PLACE = parseSubject("192.0.2.7");

let pid = 1000;

async function say(daemon: VirtualDaemon, message: string): Promise<void> {
  pid++;
  const at = new Date(daemon.now()).toISOString();
  await daemon.read([`${at} host sshd[${pid}]: ${message} from 192.0.2.7 port 40022 ssh2`], "live");
}

const succeed = (daemon: VirtualDaemon, method: string) =>
  say(daemon, `Accepted ${method} for mallory`);
const fail = (daemon: VirtualDaemon, user: string) => say(daemon, `Failed password for ${user}`);

function isBanned(daemon: VirtualDaemon): boolean {
  assert.ok(PLACE !== undefined);
  return daemon.bansOf(PLACE).length > 0;
}

test("a login by key before every guess gives only one allowance a day", async () => {
  await using daemon = await openVirtualDaemon(config());
  const DAYS = 2;
  let guesses = 0;
  let elapsed = 0;
  for (let minute = 0; minute < DAYS * 1440; minute += 5) {
    elapsed = minute * 60_000;
    await daemon.passTo(elapsed);
    if (isBanned(daemon)) continue;
    await succeed(daemon, "publickey");
    for (let i = 0; i < 3; i++) {
      if (isBanned(daemon)) break;
      await fail(daemon, "root");
      guesses++;
    }
  }
  // Attempts per day: the allowance, and the failures between bans of half an hour.
  const perDay = MAX_OFFENSES * MAXRETRY + 48 * MAXRETRY;
  assert.ok(guesses <= DAYS * perDay, `${guesses} guesses in ${DAYS} days`);
  const spared = daemon.events.filter(({ event }) => event === "lockout-guarded");
  assert.ok(spared.length <= DAYS * MAX_OFFENSES && spared.length >= DAYS, `${spared.length}`);
});

test("logins of one account neither forgive nor hide failures of other accounts", async () => {
  const act = fc.constantFrom("guess", "guess", "mistype", "login");
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 10, maxLength: 60 }), async (acts) => {
      await using daemon = await openVirtualDaemon(config());
      await succeed(daemon, "password");
      let guesses = 0;
      let mistyped = 0;
      for (const [i, one] of acts.entries()) {
        await daemon.passTo((i + 1) * 1000);
        if (one === "login") {
          await succeed(daemon, "password");
          mistyped = 0;
        } else if (one === "mistype") {
          await fail(daemon, "mallory");
          mistyped++;
        } else {
          await fail(daemon, "root");
          guesses++;
        }
        if (isBanned(daemon)) return;
        assert.ok(guesses < MAXRETRY, "three guesses at another's account are an offense");
        assert.ok(mistyped < 2 * MAXRETRY, "and six failures for one's own");
        if (one !== "login") assert.ok(guesses === 0 || guesses + mistyped < MAXRETRY);
      }
    }),
    fuzzRuns(6),
  );
});

test("accounts with logins raise the threshold at most threefold", async () => {
  await using daemon = await openVirtualDaemon(config());
  for (let n = 0; n < 30; n++) await say(daemon, `Accepted password for mallory${n}`);
  for (let n = 1; n < 3 * MAXRETRY; n++) {
    await daemon.passTo(n * 1000);
    await fail(daemon, n % 2 === 0 ? "root" : `mallory${n}`);
    assert.ok(!isBanned(daemon));
  }
  await fail(daemon, "root");
  assert.ok(isBanned(daemon));
});
