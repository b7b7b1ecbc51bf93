import assert from "node:assert/strict";
import { test } from "node:test";
import type { SourceSetting } from "../config/kinds/source-setting.ts";
import type { FilterDefinition } from "../domain/filter-definition.ts";
import { parseJailName } from "../domain/jail-name.ts";
import { readFilter } from "../parse/filter/read-filter.ts";
import { findMissedBanLog, type MissedBanLog } from "./ban-log.ts";

const STOCK = String.raw`^(?:\s*fail2ban\.actions\s*\[\d+\]?:\s+)?NOTICE\s+\[(?!recidive\])(?:.*)\]\s+Ban\s+<HOST>\s*$`;

function filter(more: object): FilterDefinition {
  const read = readFilter({ name: "recidive", ...more }, "recidive.toml");
  assert.ok(read.ok, JSON.stringify(read));
  return read.value;
}

const PYTHON = filter({ python: { failregex: [STOCK] } });
const NATIVE = filter({
  rule: [{ id: "ban", is: "failure", line: "fail2ban.actions [{*}]: NOTICE [{jail}] Ban {ip}" }],
});
const OTHER = filter({
  rule: [{ id: "no", is: "failure", line: "login of {user} from {ip} denied" }],
});

function missed(
  source: SourceSetting,
  {
    log,
    definition = PYTHON,
  }: { readonly log?: string; readonly definition?: FilterDefinition } = {},
  isFromFail2ban = true,
): MissedBanLog | undefined {
  const name = parseJailName("recidive");
  assert.ok(name !== undefined);
  return findMissedBanLog({ name, source }, definition, { log, isFromFail2ban });
}

const JOURNAL: SourceSetting = {
  ...{ kind: "journal", directory: undefined },
  matches: [["_SYSTEMD_UNIT=fail2ban.service", "PRIORITY=5"]],
};
const FILE: SourceSetting = { kind: "file", files: ["/var/log/fail2ban.log*"] };

test("the journal has no bans of fail2ban.service once bailiff runs", () => {
  assert.deepEqual(
    missed(JOURNAL, { log: "/var/log/bans.log" })?.fix,
    "[recidive] backend = auto and logpath = /var/log/bans.log",
  );
  const told = missed(JOURNAL);
  assert.match(told?.evidence ?? "", /bans of fail2ban\.service in the journal.*can never ban/);
  assert.match(
    told?.fix ?? "",
    /^\[fail2ban\] log = "\/var\/log\/fail2ban\.log" in bailiff's configuration, and \[recidive\]/,
  );
  assert.match(
    missed(JOURNAL, { log: "/l" }, false)?.fix ?? "",
    /^\[jails\.recidive\] source = \{ file = \["\/l"\] \}$/,
  );
});

test("a log is read where bailiff writes it, or it has no writer", () => {
  assert.match(
    missed(FILE)?.evidence ?? "",
    /the bans in \/var\/log\/fail2ban\.log\*, and bailiff writes no such log/,
  );
  assert.match(
    missed(FILE, { log: "/srv/fail2ban.log" })?.evidence ?? "",
    /writes them to \/srv\/fail2ban\.log: it can never/,
  );
  assert.equal(missed(FILE, { log: "/var/log/fail2ban.log" }), undefined);
  assert.equal(
    missed({ kind: "file", files: ["/srv/f2b.log"] })?.fix,
    'in bailiff\'s configuration: [fail2ban] log = "/srv/f2b.log"',
  );
});

test("only jails that count bans are checked", () => {
  assert.ok(missed(FILE, { definition: NATIVE }) !== undefined);
  assert.equal(missed(FILE, { definition: OTHER }), undefined);
  assert.equal(missed({ kind: "command", argv: ["journalctl", "-f"] }), undefined);
});
