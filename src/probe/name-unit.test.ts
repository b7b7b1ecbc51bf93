import assert from "node:assert/strict";
import { test } from "node:test";
import { unitIn } from "./name-unit.ts";

const NOW = 5_000_000_000;

function unit(id: string, changed: number, pid = 0): string {
  return `Id=${id}
ExecStart={ path=/usr/sbin/nft ; argv[]=/usr/sbin/nft -f /etc/nftables.conf ; ignore_errors=no ; start_time=[n/a] ; stop_time=[n/a] ; pid=${pid} ; code=exited ; status=0 }
StateChangeTimestampMonotonic=${changed}
`;
}

test("the unit that ran the process, whenever that was", () => {
  const shown = [unit("ufw.service", 0), unit("nftables.service", NOW - 60_000_000, 812)].join(
    "\n",
  );
  assert.equal(unitIn(shown, 812, NOW), "nftables.service");
  assert.equal(unitIn(shown, 813, NOW), undefined);
  assert.equal(unitIn(shown, undefined, NOW), undefined);
});

test("the one unit whose state changed just now; of several nothing is claimed", () => {
  const restarted = unit("nftables.service", NOW - 20_000, 900);
  assert.equal(
    unitIn([unit("ufw.service", 0), restarted].join("\n"), 899, NOW),
    "nftables.service",
  );
  const both = [unit("docker.service", NOW - 1_000_000), restarted].join("\n");
  assert.equal(unitIn(both, 899, NOW), undefined);
  assert.equal(unitIn("", 899, NOW), undefined);
});
