import assert from "node:assert/strict";
import test from "node:test";
import { redact } from "./redact.ts";

test("a support bundle contains no secrets", () => {
  const config = {
    notify: {
      webhook: { url: "https://user:pw@hooks.example.org/T0/abc?x=1", url_file: "/etc/hook" },
    },
    jails: [
      {
        name: "web",
        maxretry: 5,
        source: {
          kind: "command",
          argv: ["/usr/bin/tool", "--password=hunter2", "--api-key=k", "-v"],
        },
      },
      { name: "db", reason: "see postgres://admin:pw@db.example.org/main", token: "abc" },
    ],
  };
  assert.deepEqual(redact(config), {
    notify: { webhook: { url: "https://hooks.example.org/(left out)", url_file: "(left out)" } },
    jails: [
      {
        name: "web",
        maxretry: 5,
        source: {
          kind: "command",
          argv: ["/usr/bin/tool", "--password=(left out)", "--api-key=(left out)", "-v"],
        },
      },
      { name: "db", reason: "see postgres://db.example.org/(left out)", token: "(left out)" },
    ],
  });
});
