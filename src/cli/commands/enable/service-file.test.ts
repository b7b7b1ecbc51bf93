/** The files of enable and disable say what they must to the parser of the configuration. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Config } from "../../../config/config.ts";
import { parseConfig } from "../../../config/parse-config.ts";
import { disablingText, enablingText, linesByHand, servicePath } from "./service-file.ts";

async function read(text: string, before = ""): Promise<Config> {
  const paths = { state: "/var/lib/bailiff", socket: "/run/bailiff/bailiff.sock" };
  const texts = [before, text].map((one, i) => ({ path: `/${i}.toml`, text: one }));
  const config = await parseConfig(texts, { paths, ports: new Map() });
  assert.ok(config.ok, JSON.stringify(config));
  return config.value;
}

const PLAIN = { abuse: false, unverified: false, keepBuiltIn: false };

test("an enabled service has a jail, and keeps what other files say of it", async () => {
  const { jails, autojails } = await read(
    enablingText("web.app", PLAIN),
    '[jails."web.app"]\nmaxretry = 9\nmode = "aggressive"\nenabled = false\n',
  );
  assert.deepEqual(
    jails.map(({ name, enabled, maxretry, mode }) => ({ name, enabled, maxretry, mode })),
    [{ name: "web.app", enabled: true, maxretry: 9, mode: "aggressive" }],
  );
  assert.equal(autojails, false);
});

test("abuse and unverified rules are requested, and built-in jails stay", async () => {
  const text = enablingText("nginx", { abuse: true, unverified: true, keepBuiltIn: true });
  const { jails, autojails } = await read(text);
  const [jail] = jails;
  assert.deepEqual([jail?.mode, jail?.unverified, autojails], ["abuse", true, true]);
});

test("a disabled service has none, and the built-in ones stay", async () => {
  const { jails, autojails } = await read(disablingText("sshd"));
  assert.deepEqual([jails[0]?.enabled, autojails], [false, true]);
});

test("lines that an administrator added are found among written ones", () => {
  const texts = [true, false].map((all) =>
    enablingText("web.app", { abuse: all, unverified: all, keepBuiltIn: all }),
  );
  for (const text of [...texts, disablingText("web.app")]) {
    assert.deepEqual(linesByHand("web.app", text), []);
    assert.deepEqual(linesByHand("web.app", `${text}maxretry = 7\n# few\n`), [
      "maxretry = 7",
      "# few",
    ]);
  }
});

test("each service has its own file, which conf.d reads", () => {
  assert.equal(
    servicePath("/etc/bailiff/conf.d", "nginx"),
    "/etc/bailiff/conf.d/service-nginx.toml",
  );
});
