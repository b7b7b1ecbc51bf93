import assert from "node:assert/strict";
import test from "node:test";
import type { JailName } from "../domain/jail-name.ts";
import { parseJailName } from "../domain/jail-name.ts";
import { withAutoJails, withContainerJails } from "./auto-jails.ts";
import type { Config } from "./config.ts";
import { parseConfig } from "./parse-config.ts";

const FILTERS = ["sshd", "mail", "sshd"].map(
  (name): JailName => parseJailName(name) ?? assert.fail(),
);

async function configOf(text: string): Promise<Config> {
  const paths = { state: "/state", socket: "/socket" };
  const config = await parseConfig([{ path: "a.toml", text }], { paths, ports: new Map() });
  assert.ok(config.ok, JSON.stringify(config));
  return config.value;
}

/** Each jail as "NAME MAXRETRY", or "NAME off". */
async function jailsOf(text: string): Promise<readonly string[]> {
  return withAutoJails(await configOf(text), FILTERS).jails.map(
    ({ name, enabled, maxretry }) => `${name} ${enabled ? maxretry : "off"}`,
  );
}

test("without an enabled jail every filter gets a default jail, except disabled ones", async () => {
  assert.deepEqual(await jailsOf("[defaults]\nmaxretry = 7\n"), ["mail 7", "sshd 7"]);
  const off = "[defaults]\nmaxretry = 7\n[jails.sshd]\nenabled = false\n";
  assert.deepEqual(await jailsOf(off), ["mail 7", "sshd off"]);
});

test("with an enabled jail no default jail is added", async () => {
  assert.deepEqual(await jailsOf("[jails.sshd]\nmaxretry = 3\n"), ["sshd 3"]);
});

test("labeled containers get jails beside those of the host, until they end", async () => {
  const config = withAutoJails(await configOf("[defaults]\nmaxretry = 7\n"), FILTERS);
  const added = withContainerJails(config, ["mail", "web"]);
  const describe = ({ jails }: Config): readonly string[] =>
    jails.map(
      ({ name, filter, maxretry, source }) => `${name} ${filter} ${maxretry} ${source.kind}`,
    );
  assert.deepEqual(describe(added), [
    "mail mail 7 auto",
    "mail-container mail 7 container",
    "sshd sshd 7 auto",
    "web-container web 7 container",
  ]);
  assert.deepEqual(
    describe(withContainerJails(added, ["web"])).filter((jail) => /container/.test(jail)),
    ["web-container web 7 container"],
  );
  assert.deepEqual(describe(withContainerJails(added, [])), describe(config));
});

test("a label adds no jail for a service that is configured, also not if it is switched off", async () => {
  const config = await configOf(`[jails.web]
source = { container = "web" }
[jails.mail]
enabled = false
[jails.other]
filter = "shop"`);
  const { jails } = withContainerJails(config, ["web", "mail", "shop", "dns"]);
  assert.deepEqual(
    jails.map(({ name }) => name),
    ["dns-container", "mail", "other", "web"],
  );
});
