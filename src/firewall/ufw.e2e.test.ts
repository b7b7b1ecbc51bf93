/**
 * Runs the real ufw, and proves with packets that bans come before its accepts, also after it reloads, with each
 * enforcer that can be beside it. ufw gets a copy of its files, and changes nothing of ours, nor we of its.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Enforcer } from "../domain/enforcer.ts";
import { enterOwnNetwork } from "../host/kernel/own-network.fixture.ts";
import { openEnforcedBook } from "./enforced-book.fixture.ts";
import { tcp } from "./enforcer.contract.ts";
import { openTestIptables, releaseEnforcer } from "./iptables.fixture.ts";
import { openNftables } from "./nftables.ts";
import {
  openPacketLab,
  type PacketLab,
  ROUTER_V4,
  ROUTER_V6,
  SSH,
  WEB,
} from "./packet-lab.fixture.ts";

const entered = await enterOwnNetwork();
assert.ok(entered.ok, entered.ok ? "" : entered.error);

const [V4, V6] = ["192.0.2.10", "2001:db8:1::10"];

let lab: PacketLab;
before(async () => {
  lab = await openPacketLab();
});
after(() => lab.close());

interface Case {
  readonly name: string;
  /** The variant of iptables that ufw uses. */
  readonly variant: "nft" | "legacy";
  readonly open: () => Promise<Enforcer>;
}

const CASES: readonly Case[] = [
  ...(["nft", "legacy"] as const).map((variant) => ({
    ...{ name: "nftables", variant },
    async open(): Promise<Enforcer> {
      const opened = await openNftables({
        ...{ ipv6Prefixes: [64], isAllowed: () => false, emit: () => {} },
      });
      assert.ok(opened.ok);
      return opened.value;
    },
  })),
  ...(["nft", "legacy"] as const).flatMap((variant) =>
    [true, false].map((ipset) => ({
      ...{ name: ipset ? "iptables with ipset" : "iptables", variant },
      open: () => openTestIptables({ variant: "auto", ipset }),
    })),
  ),
];

for (const { name, variant, open } of CASES)
  test(`${name} beside ufw on iptables-${variant}`, { timeout: 300_000 }, async () => {
    const files = mkdtempSync(join(tmpdir(), "bailiff-ufw-"));
    cpSync("/etc/ufw", join(files, "etc"), { recursive: true });
    const ufw = (command: string): void => runUfw(command, files, variant);
    try {
      for (const port of [SSH, WEB]) ufw(`allow ${port}/tcp`);
      ufw("--force enable");
      const before = contentsOf(files);
      try {
        await using book = await openEnforcedBook(open);
        if ("variant" in book.enforcer) assert.equal(book.enforcer.variant, variant);
        const refused = { from: V4, to: ROUTER_V4, port: 2222 };
        assert.equal(await lab.connect(refused, 400), "dropped", "ufw filters");
        const exchange = await lab.openExchange({ from: V4, to: ROUTER_V4, port: SSH });
        await book.ban(V4, tcp(SSH));
        await book.ban(V6);
        const assertBanned = async (): Promise<void> => {
          const connect = (
            from: string,
            to: string,
            port: number,
            patience = 400,
          ): Promise<string> => lab.connect({ from, to, port }, patience);
          assert.equal(await connect(V4, ROUTER_V4, SSH), "dropped");
          assert.equal(await connect(V6, ROUTER_V6, WEB), "dropped");
          assert.equal(await connect(V4, ROUTER_V4, WEB, 30_000), "connected");
          assert.equal(await connect("192.0.2.11", ROUTER_V4, SSH, 30_000), "connected");
          // ufw accepts packets of open connections first.
          const replies = await exchange.replies();
          assert.equal(await connect(V4, ROUTER_V4, SSH), "dropped");
          assert.equal(await exchange.replies(), replies);
        };
        await assertBanned();
        for (const command of ["reload", "--force disable", "--force enable"]) {
          ufw(command);
          await assertBanned();
        }
        assert.deepEqual(contentsOf(files), before);
        assert.deepEqual(
          book.events.filter(({ event }) => event === "firewall-repaired"),
          [],
          "ufw changes nothing of ours",
        );
        await exchange.end();
      } finally {
        await releaseEnforcer(await open());
      }
      assert.equal(await lab.connect({ from: V4, to: ROUTER_V4, port: SSH }, 30_000), "connected");
      assert.deepEqual(contentsOf(files), before);
    } finally {
      ufw("--force disable");
      removeRules(variant);
      rmSync(files, { recursive: true });
    }
  });

/** Runs ufw with its own files in a separate mount namespace, where `iptables` is of the variant. */
function runUfw(command: string, files: string, variant: "nft" | "legacy"): void {
  const script = `
    set -e
    mount --bind "$1/etc" /etc/ufw
    if [ "$2" = legacy ]; then mount --bind /usr/sbin/xtables-legacy-multi /usr/sbin/xtables-nft-multi; fi
    exec ufw ${command}`;
  const args = ["--mount", "sh", "-c", script, "sh", files, variant];
  execFileSync("unshare", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

function contentsOf(folder: string): Readonly<Record<string, string>> {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
  const files = names.filter((name) => statSync(join(folder, name)).isFile());
  return Object.fromEntries(files.map((name) => [name, readFileSync(join(folder, name), "utf8")]));
}

/** Removes what ufw leaves behind when it is disabled: its empty chains. */
function removeRules(variant: "nft" | "legacy"): void {
  for (const command of [`iptables-${variant}`, `ip6tables-${variant}`])
    for (const args of [["-F"], ["-X"], ["-P", "INPUT", "ACCEPT"], ["-P", "FORWARD", "ACCEPT"]])
      execFileSync(command, ["-w", "10", ...args]);
}
