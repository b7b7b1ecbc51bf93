import assert from "node:assert/strict";
import test from "node:test";
import { formatProblem, type Problem } from "../domain/problem.ts";
import { parsePortNames } from "../host/services/port-names.ts";
import { parseConfig } from "./parse-config.ts";

const PATH = "/etc/bailiff/bailiff.toml";
const CONTEXT = {
  paths: { state: "/var/lib/bailiff", socket: "/run/bailiff/bailiff.sock" },
  ports: parsePortNames("ssh 22/tcp\ndomain 53/tcp\ndomain 53/udp\nhttps 443/tcp\n"),
  listFilters: () => Promise.resolve(["sshd", "postfix", "nginx-auth"]),
};

async function problemsOf(text: string): Promise<readonly Problem[]> {
  const parsed = await parseConfig([{ path: PATH, text }], CONTEXT);
  return parsed.ok ? [] : parsed.error;
}

/** Text, and the position, finding, expectation and hint of its problem. */
const MISTAKES: readonly (readonly [string, string, RegExp, RegExp, RegExp | undefined])[] = [
  [
    "[defaults]\nmaxretri = 5",
    "2:1",
    /^unknown key "maxretri"$/,
    /^a valid key$/,
    /did you mean "maxretry"\?/,
  ],
  [
    "[defaults]\nzzzzz = 5",
    "2:1",
    /^unknown key "zzzzz"$/,
    /^one of maxretry, findtime, .*\[defaults\.increment\], \[defaults\.detect\]$/,
    /^$/,
  ],
  ["[defaults]\nmaxretry = 0", "2:12", /^0$/, /a whole number from 1 to 1000/, undefined],
  ['[defaults]\nmaxretry = "5"', "2:12", /^"5"$/, /whole number/, /^write 5, without quotes$/],
  ["[defaults]\nmaxretry = 2.5", "2:12", /^2.5$/, /whole number/, undefined],
  [
    '[defaults]\nfindtime = "10 minutes"',
    "2:12",
    /^"10 minutes"$/,
    /a duration such as "10m"/,
    /^write "10m"$/,
  ],
  ['[defaults]\nfindtime = "0s"', "2:12", /^"0s"$/, /from 1s/, undefined],
  [
    "[defaults]\nbantime = -1",
    "2:11",
    /^-1$/,
    /or "forever"/,
    /^write "forever" for a ban without end$/,
  ],
  [
    '[defaults]\nbantime = "200y"',
    "2:11",
    /^"200y"$/,
    /a duration/,
    /at most "36500d"; or write "forever"/,
  ],
  [
    "[defaults]\nbantime = 10m",
    "2:13",
    /^"bantime = 10m"$/,
    /valid TOML/,
    /^write text in quotes: bantime = "10m"$/,
  ],
  [
    "[defaults]\nmaxretry: 5",
    "2:9",
    /"maxretry: 5"/,
    /valid TOML/,
    /^a setting is written maxretry = value$/,
  ],
  ["[jails.sshd]\nenabled = yes", "2:11", /"enabled = yes"/, /valid TOML/, /^write true or false$/],
  [
    '[jails.sshd]\nenabled = "no"',
    "2:11",
    /^"no"$/,
    /^true or false$/,
    /^write false, without quotes$/,
  ],
  ["[jails.sshd]\nenabled.x = 1", "2:1", /a table/, /^true or false$/, undefined],
  [
    "[jails.sshd\nmaxretry = 5",
    "1:12",
    /"\[jails.sshd"/,
    /valid TOML: "\]" at the end of the table header/,
    undefined,
  ],
  ["[jails.sshd]\n[jails.sshd]", "2:2", /"\[jails.sshd\]"/, /redefinition/, /join the two/],
  [
    "[jails.sshd]\nmaxretry = 1\nmaxretry = 2",
    "3:1",
    /"maxretry = 2"/,
    /redefinition/,
    /already set above/,
  ],
  ["[[jails.sshd]]\nmaxretry = 5", "1:9", /^a list$/, /a table \[jails.sshd\]/, /single brackets/],
  [
    "maxretry = 5",
    "1:1",
    /^unknown key "maxretry"$/,
    /^a valid key$/,
    /^this belongs in \[defaults\] or \[jails.NAME\]$/,
  ],
  [
    "[sshd]\nmaxretry = 5",
    "1:2",
    /^unknown table "sshd"$/,
    /^one of \[daemon\], .*\[jails\.NAME\], \[lists\.NAME\], \[notify\.NAME\]$/,
    /^a jail is written \[jails.sshd\]$/,
  ],
  [
    "[DEFAULT]\nmaxretry = 5",
    "1:2",
    /^unknown table "DEFAULT"$/,
    /^one of \[daemon\], .*\[jails\.NAME\], \[lists\.NAME\], \[notify\.NAME\]$/,
    /called \[defaults\]/,
  ],
  [
    '[webhook]\nurl = "https://example.org"',
    "1:2",
    /^unknown table "webhook"$/,
    /^one of \[daemon\], .*\[jails\.NAME\], \[lists\.NAME\], \[notify\.NAME\]$/,
    /^this table is called \[notify\.webhook\]$/,
  ],
  [
    '[jails.manual]\nfilter = "sshd"',
    "1:8",
    /^"manual"$/,
    /another name: bans by hand/,
    /manual-bans/,
  ],
  ['[jails."no way"]', "1:8", /^"no way"$/, /a jail name/, undefined],
  [
    '[jails.sshd]\nfilter = "shhd"',
    "2:10",
    /^filter "shhd"$/,
    /^an available filter$/,
    /^did you mean "sshd"\?$/,
  ],
  [
    "[jails.myapp]\nmaxretry = 5",
    "1:8",
    /^jail "myapp" without a filter of its name$/,
    /^the name of an available filter$/,
    /no shipped filter has this name: .*; bailiff filter new myapp LOG drafts one, \/etc\/bailiff\/filters\/myapp\.toml .*; bailiff run --fail2ban/,
  ],
  [
    '[jails.sshd]\n[jails.SSHD]\nfilter = "sshd"',
    "2:8",
    /^jail "SSHD" beside jail "sshd"$/,
    /differ by more than capitals/,
    /\[jails.sshd\]/,
  ],
  [
    '[jails.sshd]\nmode = "agressive"',
    "2:8",
    /^"agressive"$/,
    /^"normal", "aggressive" or "abuse"$/,
    /^did you mean "aggressive"\?$/,
  ],
  [
    '[jails.sshd]\nenforcer = "nftable"',
    "2:12",
    /^"nftable"$/,
    /^"auto", .*"nftables".* or "memory"$/,
    /did you mean "nftables"\?/,
  ],
  [
    '[jails.sshd]\nenforcer = ["nftables", "memory"]',
    "2:12",
    /^"memory" beside others$/,
    /^it alone, or only the others$/,
    /enforcer = "memory"/,
  ],
  [
    '[jails.sshd]\nenforcer = ["nftables", "nftables"]',
    "2:25",
    /^"nftables" twice$/,
    /^each name once$/,
    undefined,
  ],
  [
    '[jails.sshd]\nenforcer = ["nftables", "cf"]',
    "2:12",
    /^"cf"$/,
    / or "memory"$/,
    /\[enforcers\.cf\] with a kind/,
  ],
  [
    "[jails.sshd]\nenforcer = 5",
    "2:12",
    /^5$/,
    /^the name of an enforcer, or a list of names$/,
    undefined,
  ],
  ["[enforcers.cf]", "1:12", /^\[enforcers\.cf\] without kind$/, /^kind = .*"nftables"/, undefined],
  [
    '[enforcers.cf]\nkind = "nftable"',
    "2:8",
    /^"nftable"$/,
    /"nftables"/,
    /^did you mean "nftables"\?$/,
  ],
  ["[enforcers.nftables]\nnosuch = 1", "2:1", /^unknown key "nosuch"$/, /^one of/, undefined],
  [
    '[enforcers.own]\nkind = "nftables-set"\ntable = "filter"\nset_ipv4 = "b"',
    "3:9",
    /^"filter"$/,
    /such as "inet filter"$/,
    /^write the family, too: "inet filter"/,
  ],
  [
    '[enforcers.own]\nkind = "nftables-set"\ntable = "inet filter"\nset_ipv4 = "@b"',
    "4:12",
    /^"@b"$/,
    /^the name of a set/,
    /^write "b", without @$/,
  ],
  [
    '[enforcers.own]\nkind = "nftables-set"\ntable = "inet filter"',
    "1:12",
    /^\[enforcers\.own\] without set_ipv4 and set_ipv6$/,
    /^one or both of them$/,
    undefined,
  ],
  [
    '[enforcers.own]\nkind = "nftables-set"\ntable = "ip filter"\nset_ipv6 = "b"',
    "4:1",
    /^set_ipv6 in table "ip filter"$/,
    /^a table of family inet/,
    undefined,
  ],
  [
    '[enforcers.mine]\nkind = "command"\nban = ["/bin/fw", "{adress}"]\nunban = ["/bin/fw", "{ip}"]',
    "3:19",
    /^placeholder "\{adress\}"$/,
    /^one of \{ip\}, \{address\}/,
    /^did you mean \{address\}\?$/,
  ],
  [
    '[enforcers.list]\nkind = "file"\nformat = "plain"',
    "1:12",
    /^\[enforcers\.list\] without path$/,
    /^path, which kind = "file" needs$/,
    undefined,
  ],
  [
    '[enforcers.cf]\nkind = "edge"\nservice = "mikrotik"\nparameters = { list = 3 }',
    "4:23",
    /^3$/,
    /^a text of one line$/,
    undefined,
  ],
  ["[enforcers.memory]", "1:12", /^"memory"$/, /^another name/, undefined],
  [
    '[enforcers.ours]\nkind = "nftables"\n[jails.sshd]\nenforcer = "ours"\n[jails.postfix]\nenforcer = "nftables"',
    "1:12",
    /^enforcers "nftables" and "ours" in the same place$/,
    /^one enforcer for each place/,
    /the same one in all jails/,
  ],
  [
    '[defaults]\nenforcer = "iptables"\n[enforcers.a]\nkind = "iptables"\nipset = false\n[jails.sshd]\nenforcer = "a"',
    "3:12",
    /^enforcers "a" and "iptables" in the same place$/,
    /^one enforcer for each place/,
    /the same one in all jails/,
  ],
  [
    '[enforcers.one]\nkind = "file"\npath = "/etc/one.conf"\n[enforcers.two]\nkind = "file"\npath = "/etc//./x/../one.conf"\n[jails.sshd]\nenforcer = ["one", "two"]',
    "4:12",
    /^enforcers "one" and "two" in the same place$/,
    /^one enforcer for each place/,
    /different values of path$/,
  ],
  [
    '[jails.sshd]\nlogpath = "/var/log/auth.log"',
    "2:1",
    /^unknown key "logpath"$/,
    /^a valid key$/,
    /source = \{ file/,
  ],
  [
    '[jails.sshd]\nsource = "/var/log/auth.log"',
    "2:10",
    /^"\/var\/log\/auth.log"$/,
    /"auto"/,
    /^write \{ file = \["\/var\/log\/auth.log"\] \}$/,
  ],
  [
    "[jails.sshd]\nsource = { file = [] }",
    "2:19",
    /^an empty list$/,
    /at least one path/,
    undefined,
  ],
  [
    '[jails.sshd]\nsource = { file = ["auth.log"] }',
    "2:20",
    /^"auth.log"$/,
    /an absolute path/,
    /begin with \//,
  ],
  [
    '[jails.sshd]\nsource = { file = "/var/log/auth.log" }',
    "2:19",
    /^"\/var\/log\/auth.log"$/,
    /a list/,
    /^write \["\/var\/log\/auth.log"\]$/,
  ],
  [
    '[jails.sshd]\nsource = { files = ["/var/log/auth.log"] }',
    "2:12",
    /^unknown key "files"$/,
    /^a valid key$/,
    /did you mean "file"\?/,
  ],
  [
    '[jails.sshd]\nsource = { file = ["/a"], journal = ["A=b"] }',
    "2:10",
    /^both file and journal$/,
    /one of/,
    undefined,
  ],
  ["[jails.sshd]\nsource = {}", "2:10", /^an empty table$/, /one of/, undefined],
  [
    '[jails.sshd]\nsource = { journal = ["ssh.service"] }',
    "2:23",
    /^"ssh.service"$/,
    /FIELD=value/,
    /_SYSTEMD_UNIT=ssh.service/,
  ],
  [
    '[jails.sshd]\nsource = { container = "nextcloud:29@sha256:0" }',
    "2:24",
    /^"nextcloud:29@sha256:0"$/,
    /the name of a container, or of its image without tag/,
    /write "nextcloud"/,
  ],
  [
    '[jails.sshd]\nsource = { container = "../etc" }',
    "2:24",
    /^"\.\.\/etc"$/,
    /the name of a container/,
    undefined,
  ],
  ['[containers]\nusers = ["alice", "a b"]', "2:19", /^"a b"$/, /the name of a user/, undefined],
  [
    '[jails.sshd]\nsource = { command = ["podman", "logs"] }',
    "2:23",
    /^"podman"$/,
    /absolute path of a program/,
    /begin with \//,
  ],
  ['[jails.sshd]\nports = ["shh"]', "2:10", /^"shh"$/, /a port such as/, /^did you mean "ssh"\?$/],
  ['[jails.sshd]\nports = ["ssh", 70000]', "2:17", /^70000$/, /a port such as/, /1 to 65535/],
  [
    '[jails.sshd]\nports = ["1000-2000"]',
    "2:10",
    /^"1000-2000"$/,
    /a port such as/,
    /1001 ports, and a ban closes at most 35: write "all"/,
  ],
  [
    '[jails.sshd]\nports = ["tcp/22"]',
    "2:10",
    /^"tcp\/22"$/,
    /a port such as/,
    /^write "22\/tcp"$/,
  ],
  ["[jails.sshd]\nports = []", "2:9", /^an empty list$/, /a list of ports/, /write "all"/],
  ["[jails.sshd]\nports = 22", "2:9", /^22$/, /a list of ports/, /^write \[22\]$/],
  [
    '[defaults]\nignoreip = ["127.0.0.1", "10.0.0.256"]',
    "2:26",
    /^"10.0.0.256"$/,
    /an address, a network/,
    /not a valid IPv4/,
  ],
  [
    '[defaults]\nignoreip = "10.0.0.1 10.0.0.2"',
    "2:12",
    /^"10.0.0.1 10.0.0.2"$/,
    /a list of addresses/,
    /^write \["10.0.0.1", "10.0.0.2"\]$/,
  ],
  [
    '[defaults]\nignoreip = ["10.0.0.0/255.0.0.0"]',
    "2:13",
    /"10.0.0.0\/255.0.0.0"/,
    /a network/,
    /prefix length/,
  ],
  [
    '[defaults]\ntrusted_proxies = ["10.0.0.2", "cloudflair"]',
    "2:32",
    /^"cloudflair"$/,
    /an address, a network .*"cloudflare", "fastly", "cloudfront", "akamai"/,
    /^did you mean "cloudflare"\?$/,
  ],
  [
    '[jails.sshd]\ntrusted_proxies = ["lb.example.org"]',
    "2:20",
    /^"lb.example.org"$/,
    /an address/,
    /^write its addresses: who controls the name's zone/,
  ],
  [
    '[defaults]\ntrusted_proxies = ["0.0.0.0/0"]',
    "2:20",
    /^"0.0.0.0\/0"$/,
    /an address/,
    /^that is every IPv4 address/,
  ],
  [
    '[defaults]\ntrusted_proxies = "10.0.0.2"',
    "2:19",
    /^"10.0.0.2"$/,
    /a list of addresses/,
    /^write \["10.0.0.2"\]$/,
  ],
  ["[defaults]\nipv6_prefix = 129", "2:15", /^129$/, /from 32 to 128/, undefined],
  ["[defaults.increment]\nmultipliers = [1, 4, true]", "2:22", /^true$/, /above 0/, undefined],
  ["[defaults]\nipv6_prefix = 16", "2:15", /^16$/, /from 32 to 128/, undefined],
  ['[defaults]\nfindtime = "1ms"', "2:12", /^"1ms"$/, /from 1s to 3650d/, undefined],
  ['[defaults]\nfindtime = "20000d"', "2:12", /^"20000d"$/, /from 1s to 3650d/, undefined],
  ['[defaults]\nbantime = "1ms"', "2:11", /^"1ms"$/, /at least 1s, or "forever"/, undefined],
  ['[defaults]\nkey_login = "91d"', "2:13", /^"91d"$/, /from 0s to 90d/, undefined],
  ['[daemon]\naudit_keep = "1h"', "2:14", /^"1h"$/, /at least 1d/, undefined],
  [
    "[defaults.increment]\nmultipliers = [1e300]",
    "2:16",
    /^1e\+?300$/,
    /at most 1048576/,
    undefined,
  ],
  ["[defaults.increment]\nmultipliers = [0]", "2:16", /^0$/, /above 0/, undefined],
  ["[defaults]\nincrement = true", "2:13", /^true$/, /a table \[defaults.increment\]/, undefined],
  [
    "[defaults]\nmultipliers = [1]",
    "2:1",
    /^unknown key "multipliers"$/,
    /^a valid key$/,
    /this belongs in \[defaults.increment\]/,
  ],
  ['[daemon]\nstate = "var/lib"', "2:9", /^"var\/lib"$/, /an absolute path/, /begin with \//],
  [
    `[daemon]\nsocket = "/${"x".repeat(120)}"`,
    "2:10",
    /^a path of 121 bytes$/,
    /at most 107 bytes/,
    /no longer socket name/,
  ],
  ["[daemon]\naudit_keep = 1979-05-27", "2:14", /^a date or time$/, /a duration/, undefined],
  ["jails = 5", "1:9", /^5$/, /tables \[jails.NAME\]/, undefined],
  ["[filters]\ndirectories = [5]", "2:16", /^5$/, /an absolute path/, undefined],
];

test("each typical mistake is reported with its position and what to write", async (t) => {
  for (const [text, place, got, expected, hint] of MISTAKES) {
    await t.test(text.replaceAll("\n", " ⏎ "), async () => {
      const problems = await problemsOf(text);
      assert.equal(problems.length, 1, problems.map(formatProblem).join("\n"));
      const [problem] = problems;
      assert.ok(problem !== undefined);
      assert.ok(formatProblem(problem).startsWith(`${PATH}:${place}: `), formatProblem(problem));
      assert.match(problem.got, got);
      assert.match(problem.expected ?? "", expected);
      if (hint !== undefined) assert.match(problem.hint ?? "", hint);
    });
  }
});

test("all problems of all files are reported together, in order", async () => {
  const parsed = await parseConfig(
    [
      { path: "/etc/bailiff/bailiff.toml", text: "[defaults]\nmaxretry = 0\nbogus = 1\n" },
      { path: "/etc/bailiff/conf.d/10.toml", text: "[jails.sshd\n" },
      {
        path: "/etc/bailiff/conf.d/20.toml",
        text: '[jails.sshd]\nports = ["x", "y"]\nincrement = { jitter = "a" }\n',
      },
    ],
    CONTEXT,
  );
  assert.ok(!parsed.ok);
  assert.deepEqual(
    parsed.error.map(({ path, line, column, key }) => [path, line, column, key].join(":")),
    [
      "/etc/bailiff/bailiff.toml:2:12:defaults.maxretry",
      "/etc/bailiff/bailiff.toml:3:1:defaults.bogus",
      "/etc/bailiff/conf.d/10.toml:1:12:",
      "/etc/bailiff/conf.d/20.toml:2:10:jails.sshd.ports.0",
      "/etc/bailiff/conf.d/20.toml:2:15:jails.sshd.ports.1",
      "/etc/bailiff/conf.d/20.toml:3:24:jails.sshd.increment.jitter",
    ],
  );
});

test("control characters of a file never reach the terminal through a problem", async () => {
  const [problem] = await problemsOf('[defaults]\nenforcer = "\\u001b]0;x\\u0007\\u202e\\u009b"');
  assert.ok(problem !== undefined);
  assert.match(formatProblem(problem), /^[\x20-\x7e…]+$/);
});
