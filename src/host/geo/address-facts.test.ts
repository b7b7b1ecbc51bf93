import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { literalSubject } from "../../domain/cidr.ts";
import { parseIp } from "../../domain/ip.ts";
import { openAddressFiles, type AddressFacts, type AddressFiles } from "./address-facts.ts";
import { type MmdbValue, writeMmdb } from "./mmdb.fixture.ts";

const folder = mkdtempSync(join(tmpdir(), `bailiff-geo-${process.pid}-`));
after(() => rmSync(folder, { recursive: true }));

function write(name: string, values: Readonly<Record<string, MmdbValue>>): string {
  const path = join(folder, name);
  const entries = Object.entries(values).map(
    ([subject, value]) => [literalSubject(subject), value] as const,
  );
  writeFileSync(path, writeMmdb({ entries, recordSize: 24, version: 6 }));
  return path;
}

function find(files: AddressFiles, text: string): AddressFacts {
  return files.find(parseIp(text) ?? assert.fail(text));
}

const NOTHING = { country: undefined, asn: undefined, organization: undefined };

test("facts come from several files, under the names that their makers use", () => {
  const country = write("country.mmdb", {
    "192.0.2.0/24": { country: { iso_code: "DE" } },
    "198.51.100.0/24": { registered_country: { iso_code: "FR" } },
    "203.0.113.0/24": { country: { iso_code: "<script>" } },
  });
  const network = write("asn.mmdb", {
    "192.0.2.0/24": {
      autonomous_system_number: 64_496,
      autonomous_system_organization: "Example Net",
    },
    "198.51.100.0/24": { country: "US", asn: "AS64497", as_name: "Other Net" },
  });
  using files = openAddressFiles([country, network]);
  assert.deepEqual(find(files, "192.0.2.7"), {
    ...{ country: "DE", asn: 64_496, organization: "Example Net" },
  });
  assert.deepEqual(find(files, "198.51.100.7"), {
    ...{ country: "FR", asn: 64_497, organization: "Other Net" },
  });
  assert.deepEqual(find(files, "203.0.113.7"), NOTHING);
  assert.deepEqual(find(files, "2001:db8::1"), NOTHING);
  assert.deepEqual(files.problems, []);
});

test("a file that cannot be used is reported, and the others are used", () => {
  const good = write("good.mmdb", { "192.0.2.0/24": { country_code: "DE" } });
  const bad = join(folder, "bad.mmdb");
  writeFileSync(bad, "this is no database");
  const missing = join(folder, "missing.mmdb");
  using files = openAddressFiles([bad, missing, folder, good]);
  assert.equal(find(files, "192.0.2.7").country, "DE");
  assert.equal(files.problems.length, 3);
  assert.match(files.problems[0] ?? "", /bad\.mmdb: it is no \.mmdb file/);
  assert.match(files.problems[1] ?? "", /missing\.mmdb: no such file/);
  assert.match(files.problems[2] ?? "", /: it is not a file/);
});

test("without files nothing is known", () => {
  using files = openAddressFiles([]);
  assert.deepEqual(find(files, "192.0.2.7"), NOTHING);
});
