/** A report is mailed by the channels of mail, and a missing channel is reported with what to write. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { resolveChannels } from "../../config/resolve-channels.ts";
import { isMailChannel } from "../../notify/send-message.ts";
import { runCommands } from "../run-commands.fixture.ts";
import { openTerminal } from "../terminal.ts";
import { mailReport } from "./mail-report.ts";

const folder = mkdtempSync(join(tmpdir(), `bailiff-report-${process.pid}-`));
after(() => rmSync(folder, { recursive: true }));

test("a program gets the text with the page as a file; a failure is an exit code", async () => {
  const program = join(folder, "sendmail");
  writeFileSync(program, `#!/bin/sh\ncat > ${folder}/mail\n`, { mode: 0o755 });
  const screen: string[] = [];
  const say = (text: string): void => void screen.push(text);
  const terminal = { ...openTerminal(), print: say, complain: say };
  const keys = new Map<string, unknown>(
    Object.entries({ kind: "sendmail", to: ["root"], program }),
  );
  const channels = resolveChannels({
    names: ["ops"],
    at: () => (key) => keys.get(key),
    portNames: new Map(),
  }).filter(isMailChannel);
  const sections = [{ title: "Summary", blocks: [{ kind: "text", text: "All quiet." }] }] as const;
  const report = { host: "web1", at: 86_400_000, title: "bailiff on web1", sections };
  assert.equal(await mailReport(terminal, channels, report), 0);
  const mail = readFileSync(join(folder, "mail"), "utf8");
  assert.match(mail, /^Subject: Report: bailiff on web1$/m);
  assert.match(mail, /^All quiet\.$/m);
  const [, page = ""] = /filename="bailiff-report-web1\.html"[^]*?\n\n([^]+?)\n--/.exec(mail) ?? [];
  assert.match(Buffer.from(page, "base64").toString(), /^<!doctype html>[^]+All quiet/);
  writeFileSync(program, "#!/bin/sh\necho full >&2; exit 75\n");
  assert.equal(await mailReport(terminal, channels, report), 69);
  writeFileSync(program, "#!/bin/sh\necho no such user >&2; exit 67\n");
  assert.equal(await mailReport(terminal, channels, report), 1, "it is refused permanently");
  assert.deepEqual(screen, [
    `ops (sendmail, ${program}): sent to root`,
    `ops (sendmail, ${program}): not sent: exit code 75: full`,
    `ops (sendmail, ${program}): not sent: exit code 67: no such user`,
  ]);
});

test("the exit code says whether another try sends it, and to nobody twice", async () => {
  const terminal = { ...openTerminal(), print: () => undefined, complain: () => undefined };
  const report = { host: "web1", at: 0, title: "bailiff on web1", sections: [] };
  for (const [codes, expected] of [
    [[0, 0], 0],
    [[75, 75], 69],
    [[67, 75], 69],
    [[0, 75], 1],
    [[67, 67], 1],
  ] as const) {
    const tables = new Map<string, ReadonlyMap<string, unknown>>();
    for (const [i, code] of codes.entries()) {
      const program = join(folder, `program-${i}`);
      writeFileSync(program, `#!/bin/sh\nexit ${code}\n`, { mode: 0o755 });
      const keys = { kind: "sendmail", to: ["root"], program };
      tables.set(`m${i}`, new Map<string, unknown>(Object.entries(keys)));
    }
    const channels = resolveChannels({
      names: [...tables.keys()],
      at: (name) => (key) => tables.get(name)?.get(key),
      portNames: new Map(),
    }).filter(isMailChannel);
    assert.equal(await mailReport(terminal, channels, report), expected, codes.join());
  }
});

test("without a channel of mail it says what to write, and no daemon is needed", () => {
  const config = join(folder, "bailiff.toml");
  writeFileSync(config, '[notify.ntfy]\ntopic = "alerts"\n');
  const [none, both] = runCommands([
    ["--config", config, "report", "--mail"],
    ["--config", config, "report", "--mail", "--format", "json"],
  ]);
  assert.equal(none?.status, 78);
  assert.match(
    none?.stderr ?? "",
    /no channel of mail is configured[^]+\[notify\.sendmail\] with to/,
  );
  assert.equal(both?.status, 64);
});
