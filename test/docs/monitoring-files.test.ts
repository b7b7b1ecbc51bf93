/** The alert rules and the dashboard for Grafana use only metrics and values of labels that bailiff has. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { LINKS } from "../../src/domain/proof.ts";
import { JAIL_STATES } from "../../src/health/judge/jail-state.ts";
import { EVENTS } from "../../src/telemetry/events.ts";
import { METRICS } from "../../src/telemetry/metrics.ts";

const FOLDER = join(import.meta.dirname, "../../packaging/monitoring");
/** Label -> its values, if they are from a fixed list. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  event: Object.keys(EVENTS),
  link: LINKS,
  state: JAIL_STATES,
};

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly description: string;
  readonly gridPos: Readonly<Record<"x" | "y" | "w" | "h", number>>;
}

for (const file of ["bailiff-alerts.yml", "grafana-dashboard.json"]) {
  const text = readFileSync(join(FOLDER, file), "utf8");

  test(`${file}: its metrics exist`, () => {
    const names = new Set(text.match(/\bbailiff_[a-z_]+/g));
    assert.ok(names.size > 5);
    const known = Object.keys(METRICS).flatMap((name) => [name, `${name}_bucket`]);
    assert.deepEqual(
      [...names].filter((name) => !known.includes(name)),
      [],
    );
  });

  test(`${file}: the values of its labels exist`, () => {
    const chosen = [...text.replaceAll("\\", "").matchAll(/\b(event|link|state)=~?"([\w|-]+)"/g)];
    assert.ok(chosen.length > 3);
    for (const [, label = "", values = ""] of chosen)
      for (const value of values.split("|"))
        assert.ok(VALUES[label]?.includes(value), `${label}="${value}"`);
  });
}

test("no panels of the dashboard overlap, and each says what it shows", () => {
  const { panels }: { readonly panels: readonly Panel[] } = JSON.parse(
    readFileSync(join(FOLDER, "grafana-dashboard.json"), "utf8"),
  );
  const taken = new Map<string, string>();
  for (const { title, description, gridPos } of panels) {
    assert.match(description, /\.$/, title);
    assert.ok(gridPos.x + gridPos.w <= 24, title);
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        assert.equal(taken.get(`${x} ${y}`), undefined, title);
        taken.set(`${x} ${y}`, title);
      }
  }
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
});
