/** No stock file of fail2ban causes a reported mistake, for any enabled jails and actions. */
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { formatProblem } from "../../../src/domain/problem.ts";
import { toNative } from "../../../src/fail2ban/config/to-native.ts";
import { fuzzSample } from "../../fuzz-rounds.ts";
import { readDirectory } from "../../../src/fail2ban/config/read-directory.ts";

const INSTALLED = "/etc/fail2ban";
/** Action shortcuts of jail.conf, and the options they need. */
const SHORTCUTS = ["action_", "action_mw", "action_mwl", "action_xarf", "action_cf_mwl"];
const NEEDED = "cfemail = a\ncfapikey = b\nblocklist_de_apikey = c\n";

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "bailiff-stock-"));
  cpSync(INSTALLED, folder, { recursive: true });
});
after(() => rmSync(folder, { recursive: true }));

interface Slips {
  readonly jails: readonly string[];
  readonly slips: readonly string[];
}

/** `sections`: text after the defaults. */
function slipsWith(options: string, sections = ""): Slips {
  const defaults = `[DEFAULT]\nenabled = true\n${NEEDED}${options}\n`;
  writeFileSync(join(folder, "jail.local"), defaults + sections);
  const { jails, problems } = readDirectory({ directory: folder, version: "1.0.2" });
  const all = [...problems, ...jails.flatMap((jail) => [...jail.problems, ...jail.warnings])];
  return { jails: jails.map(({ name }) => name), slips: [...new Set(all.map(formatProblem))] };
}

test("every jail with every action that jail.conf offers", () => {
  for (const shortcut of [...SHORTCUTS, "action_blocklist_de", "action_abuseipdb"]) {
    const { jails, slips } = slipsWith(`action = %(${shortcut})s`);
    assert.ok(jails.length > 80, `${jails.length} jails`);
    assert.deepEqual(slips, [], shortcut);
  }
});

/** The source of a jail, and messages about its unused options. */
test("messages about log and journalmatch are true for every jail", () => {
  const host = { machineId: undefined, hasPython: true, isPort: () => true };
  for (const backend of ["auto", "polling", "systemd"])
    for (const hasLogs of [true, false]) {
      slipsWith(`backend = ${backend}`);
      const read = readDirectory({ directory: folder, version: "1.0.2" });
      const jails = toNative(read, { ...host, logExists: () => hasLogs });
      assert.ok(jails.length > 80);
      for (const { name, config, notes } of jails) {
        const written = read.jails.find((jail) => jail.name === name);
        const said = notes.map(({ text }) => text).join("\n");
        const source = /^source = (.*)$/m.exec(config)?.[1] ?? "";
        // The stock file sets the backend of some jails.
        const wants = written?.options.get("backend")?.startsWith("systemd") === true;
        const matches = written?.filter?.options.get("journalmatch")?.trim() || undefined;
        const moved =
          !hasLogs && matches !== undefined && written?.options.get("backend") === "auto";
        const place = `${name}, backend = ${backend}: ${source}\n${said}`;
        assert.equal(source.includes("journal ="), wants || moved, place);
        assert.equal(/^logpath: with backend = systemd/m.test(said), wants, place);
        assert.equal(
          /^no log at .*its lines are read from the journal \(/m.test(said),
          moved,
          place,
        );
        assert.equal(
          /^no journalmatch: the whole/m.test(said),
          wants && matches === undefined,
          place,
        );
        assert.doesNotMatch(said, /^journalmatch: the jail reads files/m, place);
        assert.doesNotMatch(said, /by hand/, place);
      }
    }
});

test("every jail with every action as its banaction", () => {
  const files = readdirSync(join(INSTALLED, "action.d")).filter((file) => file.endsWith(".conf"));
  const actions = files.map((file) => file.slice(0, -".conf".length));
  const { jails } = slipsWith("");
  assert.ok(actions.length > 50 && jails.length > actions.length);
  // Each round pairs each jail with another action; all rounds cover all pairs.
  for (const round of fuzzSample([...actions.keys()], 4)) {
    const sections = jails.map((jail, i) => {
      const action = actions[(i + round) % actions.length];
      return `[${jail}]\nbanaction = ${action}\nbanaction_allports = ${action}\n`;
    });
    assert.deepEqual(slipsWith("", sections.join("")).slips, [], `round ${round}`);
  }
});

test("a mistake in an argument is reported once for all jails, with its location", () => {
  const { slips } = slipsWith("banaction = iptables-multiport[blocktyp=DROP]");
  assert.equal(slips.length, 1, slips.join("\n"));
  assert.match(
    slips[0] ?? "",
    /jail\.local:6: DEFAULT\.banaction: found iptables-multiport\[blocktyp=DROP\], expected blocktype/,
  );
});
