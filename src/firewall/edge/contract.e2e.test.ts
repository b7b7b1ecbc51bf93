/** Runs the contract against local servers that answer as the documentation of Cloudflare and of MikroTik says. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { systemClock } from "../../host/system-clock.ts";
import { openCloudflare } from "./cloudflare.fixture.ts";
import type { LocalServer } from "./local-server.fixture.ts";
import { openMikrotik } from "./mikrotik.fixture.ts";
import { type EdgeOptions, openEdge } from "../edge.ts";
import { testEnforcerContract } from "../enforcer.contract.ts";
import { testEnforcerSequences } from "../enforcer-sequences.contract.ts";

const FOLDER = mkdtempSync(join(tmpdir(), "bailiff-edge-"));
after(() => rmSync(FOLDER, { recursive: true }));

function testEdge(
  options: Pick<EdgeOptions, "service" | "parameters" | "capacity">,
  token: string,
  open: () => Promise<LocalServer>,
): void {
  const token_file = join(FOLDER, options.service);
  writeFileSync(token_file, token, { mode: 0o600 });
  testEnforcerContract(`edge, ${options.service}`, async (isAllowed) => {
    const server = await open();
    const secret = { token_file };
    const more = { base_url: server.url, secret, clock: systemClock, isAllowed };
    const opened = await openEdge({ ...options, ...more });
    assert.ok(opened.ok, opened.ok ? "" : opened.error.reason);
    const enforcer = opened.value;
    return {
      enforcer,
      release: async () => {
        await enforcer.close();
        await server[Symbol.asyncDispose]();
      },
    };
  });
}

const list = { account: "acc", list: "lst" };
testEdge({ service: "cloudflare-list", parameters: list }, "cf-token-1", async () => {
  const { server } = await openCloudflare();
  return server;
});
// One request for each entry takes time.
testEdge({ service: "mikrotik", parameters: {}, capacity: 2000 }, "bailiff:secret", async () => {
  const { server } = await openMikrotik("bailiff:secret");
  return server;
});

const cloudflare = await openCloudflare();
after(() => cloudflare.server[Symbol.asyncDispose]());
testEnforcerSequences({
  name: "edge, cloudflare-list",
  open: async () => {
    const secret = { token_file: join(FOLDER, "cloudflare-list") };
    const more = { base_url: cloudflare.server.url, secret, clock: systemClock };
    const settings = { service: "cloudflare-list", parameters: list, mark: "bailiff test" };
    const opened = await openEdge({ ...settings, ...more, isAllowed: () => false });
    assert.ok(opened.ok, opened.ok ? "" : opened.error.reason);
    return opened.value;
  },
  clean: async () => cloudflare.items.clear(),
  damages: {
    "emptied list": () => cloudflare.items.clear(),
    "removed entry": () => {
      const [first = ""] = cloudflare.items.keys();
      cloudflare.items.delete(first);
    },
    "foreign entry": () => cloudflare.add("203.0.113.9", "by hand"),
    "entry with our mark": () => cloudflare.add("203.0.113.8", "bailiff test"),
  },
});
