/** Hostile values in scripts for real shells: with any quotes around a tag, no value becomes syntax. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fuzzSample } from "../../test/fuzz-rounds.ts";
import { withVariables } from "./shell-variables.ts";

const SHELLS = ["/bin/sh", "/bin/bash"].filter((path) => existsSync(path));
const folder = mkdtempSync(join(tmpdir(), `bailiff-shell-${process.pid}-`));

after(() => rmSync(folder, { recursive: true }));

function run(shell: string, text: string, values: Readonly<Record<string, string>>): string {
  const { script, variables } = withVariables(text, (tag) => values[tag]);
  const env = { PATH: "/usr/bin:/bin", ...variables };
  const { stdout } = spawnSync(shell, ["-c", script], { env, cwd: folder, encoding: "utf8" });
  return stdout;
}

const HOSTILE = [
  "$(touch pwned)",
  "`touch pwned`",
  "; touch pwned; #",
  "' ; touch pwned ; '",
  '" ; touch pwned ; "',
  "\n touch pwned \n",
  "EOF\ntouch pwned\n",
  "END",
  ") ; touch pwned ; (",
  ";; esac ; touch pwned ; case x in x",
  "} ; touch pwned ; {",
  "a[$(touch pwned)]",
  "\\",
  "\\\n touch pwned",
  "| touch pwned",
  "& touch pwned &",
  "> pwned",
  "* ? ~ [a-z]",
  "${IFS}touch${IFS}pwned",
  "$0 $1 $@ $$",
  "x\0y",
  "-e -n --help",
  "'\"'\"'$(touch pwned)",
  "<ip> <matches>",
  "$((touch pwned))",
];

/** Scripts with every kind of quoting around a tag. */
const SCRIPTS = [
  "echo <F-USER>",
  "echo a<F-USER>b",
  'echo "<F-USER>"',
  "echo '<F-USER>'",
  "echo \"it's <F-USER>, isn't it\"",
  "echo 'say \"<F-USER>\"'",
  "echo \\<F-USER>",
  'echo "\\<F-USER>"',
  'echo "`echo <F-USER>`"',
  "echo `echo '<F-USER>'`",
  'echo "$(echo "<F-USER>" \'<F-USER>\' <F-USER>)"',
  "echo ${unset:-<F-USER>} \"${unset:-<F-USER>}\" ${unset:-'<F-USER>'}",
  "echo $(( <F-USER> + 1 ))",
  'x=<F-USER>; echo "$x"',
  "# about <F-USER> it's\necho done",
  "cat <<EOF\nhello <F-USER> $(echo <F-USER>) it's\nEOF\necho <F-USER>",
  "cat <<'EOF'\nhello <F-USER>\n<F-USER>\nEOF\necho '<F-USER>'",
  "cat <<-END\n\t<F-USER>\n\tEND\necho <F-USER>",
  "cat <<A <<'B'\n<F-USER>\nA\n<F-USER>\nB\necho <F-USER>",
  'case <F-USER> in <F-USER>) echo same;; *) echo "other <F-USER>";; esac',
  'for x in <F-USER>; do echo "$x"; done',
  'test "<F-USER>" = x || echo no',
  "sh -c 'echo <F-USER>'",
  "awk 'BEGIN { print \"<F-USER>\" }'",
  "( echo <F-USER> ) | cat",
  "echo <<F-USER>>",
  "echo $(case x in x) echo <F-USER>;; esac)",
  'echo "$(cat <<EOF\n<F-USER>\nEOF\n)"',
  "echo 'unbalanced <F-USER>",
  'echo "unbalanced <F-USER>',
];

for (const shell of SHELLS) {
  test(`${shell}: no hostile value becomes syntax`, () => {
    const pairs = SCRIPTS.flatMap((text) => HOSTILE.map((value) => [text, value] as const));
    for (const [text, value] of fuzzSample(pairs, 150)) {
      run(shell, text, { "F-USER": value });
      assert.deepEqual(readdirSync(folder), [], `${text} with ${JSON.stringify(value)}`);
    }
  });

  test(`${shell}: values arrive as they are`, () => {
    const value = 'it\'s "root"; $(x) `y` * \\ end';
    const values = { ip: "192.0.2.1", "F-USER": value, matches: "one\ntwo  three" };
    const say = (text: string): string => run(shell, text, values);
    assert.equal(say("printf '%s|' <F-USER> <ip>"), `${value}|192.0.2.1|`);
    assert.equal(say('printf "%s|" "<F-USER> <ip>"'), `${value} 192.0.2.1|`);
    assert.equal(say("printf %s 'at <ip>!'"), "at 192.0.2.1!");
    assert.equal(say('printf %s \'{"ip":"<ip>"}\''), '{"ip":"192.0.2.1"}');
    assert.equal(say("printf %s '<F-USER>'"), "${f2bV_F_user}", "left to another interpreter");
    assert.equal(say("sh -c 'printf %s \"<F-USER>\"'"), value, "which finds it in its environment");
    assert.equal(say("printf '%s' \"<matches>\""), "one\ntwo  three");
    assert.equal(say("cat <<EOF\nfrom <ip>_x: <F-USER>\nEOF"), `from 192.0.2.1_x: ${value}\n`);
    assert.equal(say("cat <<'EOF'\nfrom <ip>: <F-USER>\nEOF"), "from 192.0.2.1: ${f2bV_F_user}\n");
    assert.equal(
      say('printf %s "`printf %s \'<ip>\'` and `echo "<ip>"`"'),
      "192.0.2.1 and 192.0.2.1",
    );
    assert.equal(say("printf %s $(( 1 + <F-USER> ))"), "1");
    assert.equal(say("printf %s \\<ip>"), "192.0.2.1");
    assert.equal(say('printf "%s" "<F-NONE>"'), "");
    assert.equal(
      say("cat < /dev/null; echo <none>file; ls"),
      "",
      "an unknown tag is a redirection",
    );
  });
}
