/** Bans longer than nft's maximum timeout, and bans that are recorded but not enforced. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { failures, openStage } from "./stage.ts";

const NFT = "/usr/sbin/nft";
const DAY_S = 86_400;

const CONFIG = `[defaults]
maxretry = 3
bantime = "3650d"
increment = { enabled = false }

[jails.sshd]
`;

test("a ban of any length is enforced immediately, and renewing it does not count as a repair", async () => {
  await using stage = await openStage({ sshd: "none", config: CONFIG });
  await stage.start();
  stage.write(failures("192.0.2.7", 3));
  await stage.untilBlocked("192.0.2.7");
  for (const [address, length] of [
    ["192.0.2.8", "1158d"],
    ["192.0.2.9", "36500d"],
    ["2001:db8:7::/64", "forever"],
  ] as const) {
    const { code, output } = await stage.bailiff("ban", "--for", length, address);
    assert.equal(code, 0, output);
    assert.match(output, /the firewall blocks it/);
  }
  const expires = new Map(
    (await stage.lab.elements()).map(({ address, expires: left }) => [address, left]),
  );
  for (const address of ["192.0.2.7", "192.0.2.8", "192.0.2.9"]) {
    const left = expires.get(address) ?? 0;
    assert.ok(left > 999 * DAY_S && left <= 1000 * DAY_S + 5, `${address}: ${left}`);
  }
  assert.ok((await stage.bans()).every(({ state }) => state === "enforced"));

  // A change by another program causes a full comparison, which finds nothing missing.
  const change = "add element inet bailiff v4_32 { 192.0.2.222 }";
  assert.ok((await stage.lab.run("host", [NFT, change])).ok);
  const repaired = await stage.untilEvent("firewall-repaired");
  assert.deepEqual([repaired["missing"], repaired["extra"]], [0, 1]);

  // An element that was re-added with a shorter timeout counts as missing.
  const shorter =
    "delete element inet bailiff v4_32 { 192.0.2.7 }; add element inet bailiff v4_32 { 192.0.2.7 timeout 200d }";
  const from = stage.daemon.written;
  assert.ok((await stage.lab.run("host", [NFT, shorter])).ok);
  await stage.daemon.until("firewall-repaired", { from });
  const element = (await stage.lab.elements()).find(({ address }) => address === "192.0.2.7");
  assert.ok((element?.expires ?? 0) > 999 * DAY_S);
});

test("a ban that the firewall refuses is recorded and reported as not enforced, with exit code 1", async () => {
  const ports = Array.from({ length: 36 }, (_, i) => 2000 + i);
  await using stage = await openStage({
    sshd: "none",
    config: CONFIG.replace("[jails.sshd]\n", `[jails.sshd]\nports = [${ports.join(", ")}]\n`),
  });
  await stage.start();
  for (const order of [["ban"], ["ban", "--for", "36500d"]]) {
    const { code, output } = await stage.bailiff(...order, "--jail", "sshd", "192.0.2.7");
    assert.equal(code, 1, output);
    assert.match(output, /recorded in sshd, NOT enforced: a ban can have at most 35 ports/);
  }
  const [result] = await stage.ask("ban", { subject: "192.0.2.7", jail: "sshd", for: 1000 });
  assert.deepEqual([result?.outcome, result?.enforced], ["already-banned", false]);
  const [whole] = await stage.ask("ban", { subject: "192.0.2.8" });
  assert.deepEqual([whole?.outcome, whole?.enforced], ["banned", true]);
  const [jail] = (await stage.ask("doctor", { jail: "sshd" })).jails;
  assert.deepEqual([jail?.state, jail?.cause], ["toothless", "too-many-ports"]);
});
