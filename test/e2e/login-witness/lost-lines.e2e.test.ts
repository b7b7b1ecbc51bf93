/** Whatever happens to the lines of failed logins on their way, btmp disagrees within a minute. */
import assert from "node:assert/strict";
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { sshArgv } from "../../../src/demo/ssh-client.ts";
import { untilTrue } from "../stage.ts";
import { INTRUDERS, WitnessStage } from "./witness-stage.ts";

/** Several wrong passwords on one connection. */
async function guessTogether({ stage: { lab } }: WitnessStage, from: string): Promise<void> {
  const login = { kind: "wrong-password", user: "root" } as const;
  const argv = sshArgv({ enter: [], ssh: "ssh", from, to: lab.host.ipv4, port: 22, login });
  const several = argv.map((word) => word.replace("Prompts=1", "Prompts=5"));
  await lab.run("intruder", several);
}

interface Trouble {
  readonly begin: (witness: WitnessStage) => Promise<void>;
  readonly says?: RegExp;
  readonly attack?: (witness: WitnessStage) => Promise<void>;
}

const MISSING =
  /^btmp recorded \d+ failed logins since \S+, and the jail read lines of \d+; missing: 192\.0\.2\.2\d/;

const TROUBLES: Readonly<Record<string, Trouble>> = {
  "sshd logs nothing": { begin: (witness) => witness.setSshd("LogLevel QUIET\n") },
  "rsyslogd writes to another file": {
    begin: (witness) => witness.startSyslog({ file: `${witness.stage.log}.other` }),
  },
  "rsyslogd is stopped": { begin: (witness) => witness.stopSyslog() },
  "rsyslogd drops what exceeds its rate": {
    begin: (witness) =>
      witness.startSyslog({ rateLimit: 'RateLimit.Interval="600" RateLimit.Burst="1"' }),
    attack: async (witness) => {
      for (const from of INTRUDERS) await guessTogether(witness, from);
    },
  },
  "the text of messages changes": {
    begin: (witness) =>
      witness.startSyslog({
        template: "%timegenerated:::date-rfc3339% %HOSTNAME% %syslogtag%%msg:::lowercase%\\n",
      }),
  },
  "the time zone of stamps changes": {
    begin: (witness) =>
      witness.startSyslog({
        zone: "Etc/GMT+5",
        template: "%timegenerated% %HOSTNAME% %syslogtag%%msg%\\n",
      }),
    says: /a line about 192\.0\.2\.2\d has a time (4h 59m|5h)( \d+\w)? earlier$/,
  },
  "rsyslogd keeps writing to a file that was replaced": {
    begin: async (witness) => {
      const { stage } = witness;
      // A running daemon would keep reading the old file.
      await stage.stop();
      renameSync(stage.log, join(stage.lab.folder, "moved"));
      writeFileSync(stage.log, "");
      await witness.startDaemon();
    },
  },
  "the facility is filtered": { begin: (witness) => witness.setSshd("SyslogFacility LOCAL3\n") },
};

// Each has its own stage, and mostly waits for the looks of its daemon.
suite("btmp disagrees", { concurrency: 3 }, () => {
  for (const [name, trouble] of Object.entries(TROUBLES)) {
    const { begin, says = MISSING, attack = (witness) => witness.guess(2) } = trouble;
    test(name, async (context) => {
      await using witness = await WitnessStage.open();
      await witness.startDaemon();
      await witness.guess();
      await untilTrue(
        async () =>
          (await witness.flow()).some(({ evidence }) => evidence.startsWith("confirmed by btmp")),
        "btmp confirms what is read",
      );
      await begin(witness);
      const since = performance.now();
      await attack(witness);
      const said = await witness.untilUnlogged(since);
      context.diagnostic(`after ${Math.round((performance.now() - since) / 1000)} s: ${said}`);
      assert.match(said, says);
    });
  }

  test("the source is the wrong file", async (context) => {
    await using witness = await WitnessStage.open();
    const other = join(witness.stage.lab.folder, "other.log");
    writeFileSync(other, "");
    await witness.startDaemon(other);
    const since = performance.now();
    await witness.guess(2);
    const said = await witness.untilUnlogged(since);
    context.diagnostic(`after ${Math.round((performance.now() - since) / 1000)} s: ${said}`);
    assert.match(said, MISSING);
  });
});
