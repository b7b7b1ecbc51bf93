/**
 * docs/coming-from-fail2ban.md, word for word: every command of it is typed into a machine with systemd and Debian's
 * fail2ban, and what is printed is held against the page. Numbers, and words for short times, may differ.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { bootSystemd, type Machine } from "../boot-systemd.ts";

const PAGE = readFileSync(
  join(import.meta.dirname, "../../../docs/coming-from-fail2ban.md"),
  "utf8",
);

let machine: Machine;

/** The host of the page's first lines, with a few bans. */
const HOST = `
rm -f /etc/fail2ban/jail.local /etc/fail2ban/*.local /var/lib/fail2ban/* /var/log/fail2ban.log
cat > /etc/fail2ban/jail.local
printf '[Definition]\\nfailregex = ^ login of \\\\S+ from <ADDR> refused$\\n' > /etc/fail2ban/filter.d/shop.conf
printf '[Definition]\\nactionban = echo "+ <ip> <failures>" >> <file>\\nactionunban = echo "- <ip>" >> <file>\\n' > /etc/fail2ban/action.d/note.conf
mkdir -p /var/lib/shop
touch /var/log/shop.log
install -m 640 -g adm /dev/null /var/log/fail2ban.log
rm -f /etc/systemd/system/bailiff.service /.dockerenv
systemd-run --unit=shop python3 -m http.server 80
systemctl enable --now fail2ban
until fail2ban-client status 2> /dev/null | grep -q sshd; do sleep 0.1; done
fail2ban-client set sshd banip 203.0.113.7 203.0.113.8
fail2ban-client set recidive banip 2001:db8::5
until fail2ban-client get recidive banip | grep -q 2001; do sleep 0.1; done
`;

interface Step {
  readonly commands: string;
  /** undefined: the page does not show what is printed. */
  readonly printed: string | undefined;
}

function stepsOf(page: string): readonly Step[] {
  const blocks = [...page.matchAll(/^```(?<kind>\w*)\n(?<text>[^]*?)^```$/gm)];
  return blocks.flatMap(({ groups }, index): readonly Step[] => {
    if (groups?.["kind"] !== "sh") return [];
    const next = blocks[index + 1]?.groups;
    const shown = next?.["kind"] === "" ? next["text"] : undefined;
    return [{ commands: groups["text"] ?? "", printed: shown }];
  });
}

before(async () => {
  machine = await bootSystemd();
  const [, jailLocal = ""] = /^```\n(\[DEFAULT\][^]*?)^```$/m.exec(PAGE) ?? [];
  const script = HOST.replace("jail.local\nprintf", `jail.local <<'END'\n${jailLocal}END\nprintf`);
  const { code, output } = machine.run("sh", "-ec", script);
  assert.equal(code, 0, output);
});

after(() => machine[Symbol.asyncDispose]());

/** What may differ from one time to another. */
function plain(line: string): string {
  return line
    .trim()
    .replace(/\bin \d+\w+( \d+\w+)?|\d+m?s ago|just now/g, "TIME")
    .replace(/\d+/g, "N")
    .replace(/\s+/g, " ");
}

for (const { commands, printed } of stepsOf(PAGE)) {
  test(commands.trim().split("\n").at(-1) ?? "", () => {
    const { code, output } = machine.run("sh", "-c", commands);
    if (printed === undefined) {
      assert.equal(code, 0, output);
      return;
    }
    const lines = output.split("\n").map(plain);
    for (const line of printed.split("\n").map(plain)) {
      if (line !== "" && line !== "…")
        assert.ok(lines.includes(line), `${line}\nnot in\n${output}`);
    }
  });
}
