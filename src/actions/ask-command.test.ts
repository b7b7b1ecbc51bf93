/** If an ignorecommand fails because of the daemon, later commands still run, and no ban is lost. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseConfig } from "../config/parse-config.ts";
import { parseSubject } from "../domain/cidr.ts";
import { instant } from "../domain/instant.ts";
import { enableLinearRegex } from "../host/linear-regex.ts";
import type { ShellEnd } from "../host/process/run-shell.ts";
import { openBook } from "../record/open-book.ts";
import { CommandAsker } from "./ask-command.ts";
import { loadFilterCompiler } from "../jails/compile-any-filter.ts";
import { compileJails } from "../jails/compile-jails.ts";
import type { Jail } from "../jails/jail.ts";
import { openLibrary } from "../jails/load-filters.ts";

enableLinearRegex();

const NOW = instant(Date.parse("2026-11-23T12:00:00Z"));
const clock = { now: () => NOW, monotonic: () => 0 };
const ENDED: ShellEnd = { ok: false, how: "exit code 1", timedOut: false, output: "", error: "" };

async function jailAsking(command: string): Promise<Jail> {
  const { filters } = await (await openLibrary([])).read(["sshd"]);
  const compile = await loadFilterCompiler(filters.values());
  const text = `[jails.sshd]\nignorecommand = '${command}'\n`;
  const paths = { state: "/state", socket: "/socket" };
  const config = await parseConfig([{ path: "test", text }], { paths, ports: new Map() });
  assert.ok(config.ok);
  const [compiled] = compileJails(config.value.jails, { filters, compile }, []).jails;
  assert.ok(compiled !== undefined);
  return compiled.jail;
}

test("questions after commands that could not be started are still answered", async () => {
  const jail = await jailAsking("test <matches>");
  const book = openBook({ path: ":memory:", clock, emit: () => undefined });
  // A closed book throws when its lines are read.
  await book[Symbol.asyncDispose]();
  const told: string[] = [];
  const emit = ({ event }: { readonly event: string }): void => void told.push(event);
  const asker = new CommandAsker({ book, clock, runShell: async () => ENDED, emit });
  const answers = await Promise.all(
    Array.from({ length: 9 }, (_, i) => {
      const subject = parseSubject(`192.0.2.${i + 1}`);
      assert.ok(subject !== undefined);
      return new Promise((resolve) =>
        assert.equal(asker.ask({ jail, subject, failures: 3 }, resolve), "asked"),
      );
    }),
  );
  assert.deepEqual(new Set(answers), new Set(["banned"]));
  assert.equal(told.filter((event) => event === "bug").length, 9);
});
