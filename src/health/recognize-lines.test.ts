import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "smol-toml";
import { enableLinearRegex } from "../host/linear-regex.ts";
import { systemClock } from "../host/system-clock.ts";
import { compileFilter } from "../parse/filter/compile-filter.ts";
import { readFilter } from "../parse/filter/read-filter.ts";
import { createLineRecognizer } from "./recognize-lines.ts";

enableLinearRegex();

const FILTER = `name = "gate"
columns = ["event", "account", "address"]
[[rule]]
id = "denied"
is = "failure"
csv = { event = "denied", address = "{ip}", account = "{user}" }
`;

test("a row within the quotes of another is not recognized", () => {
  const definition = readFilter(parse(FILTER), "gate.toml");
  assert.ok(definition.ok);
  const filter = compileFilter(definition.value, "normal");
  assert.ok(filter.ok);
  const recognizer = createLineRecognizer(filter.value, () => 0, systemClock);
  const forged = "denied,x,203.0.113.9";
  const own = recognizer.ownLines(
    `denied,"a\n${forged}\n",192.0.2.7\ndenied,b,192.0.2.8\n`,
    undefined,
  );
  assert.deepEqual(
    own.map(({ text }) => text),
    [`denied,"a ${forged} ",192.0.2.7`, "denied,b,192.0.2.8"],
  );
});
