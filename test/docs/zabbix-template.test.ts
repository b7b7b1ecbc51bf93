/** The template for Zabbix has the structure that its import expects, and computes its values from metrics that exist. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import * as v from "valibot";
import { JAIL_STATES } from "../../src/health/judge/jail-state.ts";
import { EVENTS } from "../../src/telemetry/events.ts";
import { METRICS } from "../../src/telemetry/metrics.ts";

const PATH = join(import.meta.dirname, "../../packaging/monitoring/zabbix-template.json");

/** 32 digits of a random UUID (version 4), as Zabbix checks. */
const UUID = v.pipe(v.string(), v.regex(/^[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}$/));
const text = v.pipe(v.string(), v.nonEmpty());
const step = v.strictObject({
  type: v.picklist(["PROMETHEUS_TO_JSON", "JSONPATH", "JAVASCRIPT", "CHANGE_PER_SECOND"]),
  parameters: v.tuple([v.string()]),
  error_handler: v.exactOptional(v.literal("DISCARD_VALUE")),
});
const trigger = v.strictObject({
  ...{ uuid: UUID, expression: text, name: text, description: text },
  priority: v.picklist(["INFO", "WARNING", "AVERAGE", "HIGH", "DISASTER"]),
});
const master = v.strictObject({ key: text });
const tags = v.array(v.strictObject({ tag: text, value: text }));
const asked = v.strictObject({
  ...{ uuid: UUID, name: text, key: text, history: text, description: text, tags },
  trends: v.exactOptional(v.literal("0")),
  value_type: v.exactOptional(v.literal("TEXT")),
  units: v.exactOptional(v.literal("unixtime")),
  triggers: v.exactOptional(v.array(trigger)),
});
const computed = {
  ...{ uuid: UUID, name: text, type: v.literal("DEPENDENT"), key: text, delay: v.literal("0") },
  ...{ history: text, description: text, preprocessing: v.array(step), master_item: master, tags },
  value_type: v.exactOptional(v.literal("FLOAT")),
};
const item = v.strictObject({ ...computed, triggers: v.exactOptional(v.array(trigger)) });
const prototype = v.strictObject({
  ...computed,
  valuemap: v.exactOptional(v.strictObject({ name: text })),
  trigger_prototypes: v.exactOptional(v.array(trigger)),
});
const rule = v.strictObject({
  ...{ uuid: UUID, name: text, type: v.literal("DEPENDENT"), key: text, delay: v.literal("0") },
  ...{ description: text, item_prototypes: v.array(prototype), master_item: master },
  lld_macro_paths: v.array(v.strictObject({ lld_macro: text, path: text })),
  preprocessing: v.array(step),
});
const EXPORT = v.strictObject({
  zabbix_export: v.strictObject({
    version: v.literal("6.0"),
    groups: v.array(v.strictObject({ uuid: UUID, name: text })),
    templates: v.tuple([
      v.strictObject({
        ...{ uuid: UUID, template: text, name: text, description: text },
        groups: v.array(v.strictObject({ name: text })),
        items: v.array(v.union([item, asked])),
        discovery_rules: v.array(rule),
        macros: v.array(v.strictObject({ macro: text, value: text, description: text })),
        valuemaps: v.array(
          v.strictObject({
            ...{ uuid: UUID, name: text },
            mappings: v.array(v.strictObject({ value: text, newvalue: text })),
          }),
        ),
      }),
    ]),
  }),
});

const source = readFileSync(PATH, "utf8");
const exported = v.parse(EXPORT, JSON.parse(source)).zabbix_export;
const [template] = exported.templates;
const prototypes = template.discovery_rules.flatMap((one) => one.item_prototypes);
const dependent = [...template.items, ...template.discovery_rules, ...prototypes].flatMap((one) =>
  "master_item" in one ? [one] : [],
);

test("ids are unique, and what is referred to exists", () => {
  const ids = [...source.matchAll(/"uuid": "(\w+)"/g)].map(([, id]) => id);
  assert.equal(new Set(ids).size, ids.length);
  const groups = exported.groups.map(({ name }) => name);
  assert.deepEqual(
    template.groups.map(({ name }) => name),
    groups,
  );
  const keys = [...template.items, ...prototypes].map(({ key }) => key);
  assert.equal(new Set(keys).size, keys.length);
  for (const { master_item: of } of dependent) assert.ok(keys.includes(of.key), of.key);
  const triggers = [
    ...template.items.flatMap((one) => one.triggers ?? []),
    ...prototypes.flatMap((one) => one.trigger_prototypes ?? []),
  ];
  assert.ok(triggers.length >= 8);
  for (const { expression } of triggers) {
    const used = keys.filter((key) => expression.includes(`(/${template.template}/${key}`));
    assert.ok(used.length > 0, expression);
    assert.equal(
      expression.split("(/").length - 1,
      expression.split(`(/${template.template}/`).length - 1,
    );
  }
  const macros = [...source.matchAll(/\{\$[A-Z.]+\}/g)].map(([macro]) => macro);
  const known = template.macros.map(({ macro }) => macro);
  assert.deepEqual([...new Set(macros)], known);
});

test("its values are computed from metrics, labels and events that exist", () => {
  for (const { preprocessing } of dependent) {
    const [pattern = ""] = preprocessing[0]?.parameters ?? [];
    const [, name = "", label, value] = /^(\w+)(?:\{(\w+)="([^"]+)"\})?$/.exec(pattern) ?? [];
    const metric = Object.entries(METRICS).find(([known]) => known === name)?.[1];
    assert.ok(metric !== undefined, pattern);
    if (label !== undefined) assert.ok(metric.labels.includes(label), pattern);
    if (label === "event") assert.ok(Object.hasOwn(EVENTS, value ?? ""), pattern);
    const isRate = preprocessing.some(({ type }) => type === "CHANGE_PER_SECOND");
    assert.equal(isRate, metric.type === "counter", pattern);
  }
});

test("each state of a jail has a number, which grows as it gets worse where a trigger compares it", () => {
  const state = prototypes.find(({ valuemap }) => valuemap !== undefined);
  const [script = ""] =
    state?.preprocessing.find(({ type }) => type === "JAVASCRIPT")?.parameters ?? [];
  const numberOf = (value: string): unknown =>
    runInNewContext(`(function (value) { ${script} })(value)`, { value });
  const [map] = template.valuemaps;
  assert.equal(state?.valuemap?.name, map?.name);
  assert.deepEqual(
    new Map(map?.mappings.map(({ value, newvalue }) => [value, newvalue])),
    new Map(JAIL_STATES.map((name) => [String(numberOf(name)), name])),
  );
  const above = (least: number): readonly string[] =>
    JAIL_STATES.filter((name) => Number(numberOf(name)) >= least);
  const [blind, other] = state?.trigger_prototypes ?? [];
  assert.match(blind?.expression ?? "", />=5$/);
  assert.deepEqual(above(5), ["toothless", "blind"]);
  assert.match(other?.expression ?? "", />=3 and last\(.*\)<5$/);
  assert.deepEqual(above(3), ["toothless", "blind", "degraded", "starting"]);
});
