/** Measures `bailiff restore`: 20,000 recorded bans into an empty firewall, as at boot, from the command to its end. */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { logOf, ROOT, startDaemon, stateOf } from "./bench-daemon.ts";
import { openNamespace } from "./namespace.ts";
import { prepareBook } from "./prepare-book.ts";
import type { Section } from "./section.ts";
import { median } from "./statistics.ts";
import { timeProgram } from "./time-program.ts";

const BANS = 20_000;

export const measureRestoreCommand: Section = async ({ quick, folder: parent, say }) => {
  const folder = join(parent, "restore-command");
  await prepareBook(stateOf(folder), { bans: BANS, failures: 0 });
  writeFileSync(logOf(folder), "");
  // The record must know which enforcer held them.
  {
    await using namespace = openNamespace("before-boot");
    await using daemon = startDaemon({ namespace, folder });
    await daemon.event("jail-ok");
  }
  const times: number[] = [];
  for (let n = 1; n <= (quick ? 3 : 7); n++) {
    say(`restore-command: boot ${n}`);
    await using namespace = openNamespace("boot");
    const config = join(folder, "bailiff.toml");
    const restore = ["/bin/sh", join(ROOT, "bailiff"), "--config", config, "restore"];
    const { wall } = timeProgram({ argv: namespace.enter(...restore) });
    times.push(wall);
    const [program = "", ...args] = namespace.enter(
      "nft",
      "list",
      "set",
      "inet",
      "bailiff",
      "v4_32",
    );
    const held = execFileSync(program, args, { encoding: "utf8", maxBuffer: 1e8 });
    const elements = held.split("expires").length - 1;
    if (elements !== BANS) throw new Error(`${elements} of ${BANS} bans are in the firewall`);
  }
  return [
    {
      name: `bailiff restore, ${BANS / 1000}k bans at boot, the command to its end`,
      unit: "s",
      ours: median(times),
      target: { kind: "limit", most: 0.6 },
      details: { "slowest (s)": Math.max(...times), boots: times.length },
    },
  ];
};
