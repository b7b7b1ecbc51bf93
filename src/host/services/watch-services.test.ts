import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { watchServices } from "./watch-services.ts";

test("starts of known units and changes of the package database are noticed", async (context) => {
  const folder = mkdtempSync(join(tmpdir(), `bailiff-services-${process.pid}-`));
  context.after(() => rmSync(folder, { recursive: true }));
  const [units, dpkg] = [join(folder, "units"), join(folder, "dpkg")];
  for (const one of [units, dpkg]) mkdirSync(one);
  let changed = (): void => undefined;
  let changes = 0;
  const watch = watchServices(
    () => {
      changes++;
      changed();
    },
    {
      units,
      packages: new Map([
        [dpkg, new Set(["status"])],
        ["/no/such/folder", new Set()],
      ]),
    },
  );
  context.after(() => watch.close());
  watch.setUnits(new Set(["ssh.service"]));
  const next = (happen: () => void): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    changed = resolve;
    happen();
    return promise;
  };
  await next(() => {
    // Events come in order: those of others would come before.
    symlinkSync("1234", join(units, "invocation:cron.service"));
    writeFileSync(join(units, "ssh.service"), "");
    symlinkSync("5678", join(units, "invocation:ssh.service"));
  });
  assert.equal(changes, 1);
  await next(() => {
    writeFileSync(join(dpkg, "status-new"), "");
    renameSync(join(dpkg, "status-new"), join(dpkg, "status"));
  });
});
