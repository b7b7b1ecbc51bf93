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
  assert.deepEqual(screen, [
    `ops (sendmail, ${program}): sent to root`,
    `ops (sendmail, ${program}): not sent: exit code 75: full`,
  ]);
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
