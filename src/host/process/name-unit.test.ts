import assert from "node:assert/strict";
import { test } from "node:test";
import type { Author } from "../../domain/author.ts";
import { createUnitNames, unitIn } from "./name-unit.ts";

const NOW = 5_000_000_000;

function unit(id: string, changed: number, pid = 0): string {
  return `Id=${id}
ExecStart={ path=/usr/sbin/nft ; argv[]=/usr/sbin/nft -f /etc/nftables.conf ; ignore_errors=no ; start_time=[n/a] ; stop_time=[n/a] ; pid=${pid} ; code=exited ; status=0 }
StateChangeTimestampMonotonic=${changed}
`;
}

test("the unit that ran the process, no matter when", () => {
  const shown = [unit("ufw.service", 0), unit("nftables.service", NOW - 60_000_000, 812)].join(
    "\n",
  );
  assert.equal(unitIn(shown, 812, NOW), "nftables.service");
  assert.equal(unitIn(shown, 813, NOW), undefined);
  assert.equal(unitIn(shown, undefined, NOW), undefined);
});

test("the only unit whose state just changed; none if several did", () => {
  const restarted = unit("nftables.service", NOW - 20_000, 900);
  assert.equal(
    unitIn([unit("ufw.service", 0), restarted].join("\n"), 899, NOW),
    "nftables.service",
  );
  const both = [unit("docker.service", NOW - 1_000_000), restarted].join("\n");
  assert.equal(unitIn(both, 899, NOW), undefined);
  assert.equal(unitIn("", 899, NOW), undefined);
});

test("for changes in a tight loop systemd is queried twenty times, then once a second", async () => {
  let now = 0;
  let asked = 0;
  const names = createUnitNames(
    () => now,
    async (author) => {
      asked++;
      return author;
    },
  );
  const nft: Author = { program: "nft", pid: 1, unit: undefined, parent: undefined };
  for (let n = 0; n < 1000; n++) assert.equal(await names(nft), nft);
  assert.equal(asked, 20);
  for (; now < 60_000; now += 10) await names(nft);
  assert.equal(asked, 20 + 59);
  await names({ ...nft, unit: "nftables.service" });
  assert.equal(asked, 20 + 59, "what is known is not asked for");
});
