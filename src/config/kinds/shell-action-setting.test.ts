import assert from "node:assert/strict";
import test from "node:test";
import { formatProblem } from "../../domain/problem.ts";
import { parsePortNames } from "../../host/services/port-names.ts";
import { parseConfig } from "../parse-config.ts";

const CONTEXT = {
  paths: { state: "/var/lib/bailiff", socket: "/run/bailiff/bailiff.sock" },
  ports: parsePortNames("ssh 22/tcp\n"),
  listFilters: () => Promise.resolve(["sshd"]),
};

async function read(text: string): ReturnType<typeof parseConfig> {
  return parseConfig([{ path: "bailiff.toml", text: `[jails.sshd]\n${text}` }], CONTEXT);
}

async function problems(text: string): Promise<string> {
  const parsed = await read(text);
  return parsed.ok ? "" : parsed.error.map(formatProblem).join("\n");
}

test("actions are tables of shell texts with properties, or a Python file with options", async () => {
  const parsed = await read(`
    [[jails.sshd.actions]]
    name = "tell"
    norestored = true
    timeout = "5s"
    exclusive = "mail"
    ban = '''
    echo "<ip>" | mail <dest>'''
    unban = ""
    [jails.sshd.actions.properties]
    dest = "root"
    "dest?family=inet6" = 6

    [[jails.sshd.actions]]
    name = "smtp"
    python = "/etc/fail2ban/action.d/smtp.py"
    options = { host = "localhost" }
  `);
  assert.ok(parsed.ok, JSON.stringify(parsed));
  const [tell, smtp] = parsed.value.jails[0]?.actions.tables ?? [];
  assert.deepEqual(tell, {
    name: "tell",
    commands: { ban: '    echo "<ip>" | mail <dest>' },
    properties: { dest: "root", "dest?family=inet6": "6" },
    python: undefined,
    timeout: 5000,
    norestored: true,
    start_on_demand: undefined,
    repair_on_unban: false,
    exclusive: "mail",
  });
  assert.equal(smtp?.python, "/etc/fail2ban/action.d/smtp.py");
  assert.deepEqual(smtp?.properties, { host: "localhost" });
});

/** Text under [jails.sshd], and the expected position and message. */
const MISTAKES: readonly (readonly [string, RegExp])[] = [
  [
    'actions = "mail"',
    /:2:11: .*found "mail", expected names of tables \[actions.NAME\], or tables \[\[jails.NAME.actions\]\]/,
  ],
  ['actions = { name = "x" }', /write it with double brackets/],
  ['[[jails.sshd.actions]]\nban = "x"', /:2:\d+: .*found no name, expected a name/],
  ['[[jails.sshd.actions]]\nname = "x"', /found no command, expected one of start, stop/],
  ['[[jails.sshd.actions]]\nname = "x"\nactionban = "y"', /:4:1: .*did you mean "ban"\?/],
  ['[[jails.sshd.actions]]\nname = "x"\nbann = "y"\nban = ""', /:4:1: .*did you mean "ban"\?/],
  ['[[jails.sshd.actions]]\nname = "x"\nban = ["echo", "y"]', /:4:7: .*given to \/bin\/sh/],
  ['[[jails.sshd.actions]]\nname = "x"\nban = "y"\ntimeout = "never"', /:5:11: .*a duration/],
  ['[[jails.sshd.actions]]\nname = "x"\nban = "y"\nnorestored = 1', /:5:14: .*true or false/],
  ['[[jails.sshd.actions]]\nname = "x"\npython = "x.py"', /:4:10: .*absolute path/],
  ['[[jails.sshd.actions]]\nname = "x"\npython = "/x.py"\nban = "y"', /:5:7: .*not both/],
  ['[[jails.sshd.actions]]\nname = "x"\nban = "y"\noptions = {}', /:5:11: .*expected properties/],
  ['[[jails.sshd.actions]]\nname = "x"\nban = "y"\nproperties = { a = [] }', /:5:\d+: .*a text/],
  [
    '[[jails.sshd.actions]]\nname = "x"\nban = "y"\n[[jails.sshd.actions]]\nname = "x"\nban = "z"',
    /:6:8: .*a second action "x"/,
  ],
];

for (const [text, said] of MISTAKES) {
  test(`mistake: ${text.replaceAll("\n", " ")}`, async () =>
    assert.match(await problems(text), said));
}
