import assert from "node:assert/strict";
import test from "node:test";
import type { FilterDefinition, FilterMode } from "../../domain/filter-definition.ts";
import { type Ip, parseIp } from "../../domain/ip.ts";
import { compileFilter } from "../../parse/filter/compile-filter.ts";
import { enableLinearRegex } from "../../host/linear-regex.ts";
import { openLibrary } from "../../jails/load-filters.ts";
import { canaryName, ownLoopback, reservedAddress } from "./canary-name.ts";
import { type MarkedLine, markedLine } from "./marked-line.ts";

enableLinearRegex();

const USER = canaryName();

function marked(definition: FilterDefinition, mode: FilterMode = "normal"): MarkedLine | undefined {
  const filter = compileFilter(definition, mode);
  const from: Ip | undefined = parseIp("198.51.100.200");
  assert.ok(filter.ok && from !== undefined);
  return markedLine({ definition, filter: filter.value, user: USER, from });
}

type Sample = FilterDefinition["samples"][number];

function gate(
  pattern: string,
  ...samples: readonly (readonly [string, string?])[]
): FilterDefinition {
  return {
    name: "gate",
    description: "",
    path: "gate.toml",
    programs: ["gate"],
    journal: [],
    files: ["/var/log/mail.log"],
    ports: [],
    rules: [
      {
        id: "shut",
        is: "failure",
        mode: "normal",
        counting: "each",
        closes: false,
        login: "password",
        recognize: { kind: "line", patterns: [pattern] },
      },
    ],
    samples: samples.map(
      ([line, user]): Sample => ({
        line,
        mode: "normal",
        expect: { kind: "rule", rule: "shut", ip: "192.0.2.9", user, counts: 1 },
      }),
    ),
  };
}

test("a marked line of the shipped filter is like a sample, with a reserved address and user", async () => {
  const { filters } = await (await openLibrary([])).read(["sshd"]);
  const sshd = filters.get("sshd");
  assert.ok(sshd !== undefined);
  const line = marked(sshd);
  assert.equal(line?.tag, "sshd");
  assert.equal(line?.facility, "authpriv");
  assert.match(line?.text ?? "", new RegExp(`${USER} from 198\\.51\\.100\\.200 `));
  assert.doesNotMatch(line?.text ?? "", /192\.0\.2\.|203\.0\.113\./);
});

test("a marked line has no header, and only whole words of a sample's name are replaced", () => {
  const pattern = "a gate keeps {user} of {ip} out";
  const line = marked(
    gate(pattern, ["Nov 23 04:11:05 h gate[7]: a gate keeps a of 192.0.2.9 out", "a"]),
  );
  assert.equal(line?.text, `a gate keeps ${USER} of 198.51.100.200 out`);
  assert.equal(line?.facility, "mail");
});

test("a filter without a counted sample with a user has no marked line", () => {
  assert.equal(marked(gate("no way for {ip}", ["no way for 192.0.2.9"])), undefined);
  const silent = gate("no way for {user} of {ip}");
  assert.equal(marked(silent), undefined);
});

test("user names and addresses are new each time, and reserved", () => {
  assert.match(USER, /^bailiff-canary-[a-z2-7]{20}$/);
  assert.notEqual(canaryName(), USER);
  for (let i = 0; i < 1000; i++) {
    assert.match(ownLoopback(), /^127\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.\d+\.[1-9]\d*$/);
    assert.match(reservedAddress("ipv4"), /^198\.51\.100\.(12[89]|1[3-9]\d|2[0-4]\d|25[0-4])$/);
    assert.match(reservedAddress("ipv6"), /^2001:db8:ca:/);
  }
});
