import assert from "node:assert/strict";
import test from "node:test";
import { readCef, readCsv, readLogfmt } from "./read-record.ts";

function plain(record: Readonly<Record<string, unknown>> | undefined): object | undefined {
  return record === undefined ? undefined : { ...record };
}

test("logfmt: pairs, quotes, words without a value", () => {
  for (const [text, expected] of [
    [
      'level=warn msg="a \\"b\\" = \\n c" ip=192.0.2.7',
      { level: "warn", msg: 'a "b" = \n c', ip: "192.0.2.7" },
    ],
    [
      "[UFW BLOCK] IN=eth0 OUT= SRC=192.0.2.7 SYN URGP=0",
      { IN: "eth0", OUT: "", SRC: "192.0.2.7", URGP: "0" },
    ],
    ['a=x"y b=c=d', { a: 'x"y', b: "c=d" }],
    ["a=1\tb=2", { a: "1", b: "2" }],
    ['a=""', { a: "" }],
    ["=x a=1", { a: "1" }],
    // Nobody can tell which of them the service wrote.
    ["user=a ip=192.0.2.9 ip=192.0.2.7", { user: "a", ip: [] }],
    ["ip=192.0.2.9 ip=192.0.2.7 ip=192.0.2.8", { ip: [] }],
    ["__proto__=x a=1", { ["__proto__"]: "x", a: "1" }],
  ] as const)
    assert.deepEqual(plain(readLogfmt(text)), { ...expected }, text);
  for (const text of ["", "no pair", 'a="x', 'a="x"y', 'a="x\\"', "= ="])
    assert.equal(readLogfmt(text), undefined, text);
});

test("CSV: positions, quotes", () => {
  for (const [text, expected] of [
    ["a,b,,d", { 1: "a", 2: "b", 3: "", 4: "d" }],
    ['"a,""b""",c', { 1: 'a,"b"', 2: "c" }],
    ['a,""', { 1: "a", 2: "" }],
    ['a b"c,d', { 1: 'a b"c', 2: "d" }],
    [",", { 1: "", 2: "" }],
  ] as const)
    assert.deepEqual(plain(readCsv(text)), expected, text);
  for (const text of ["", "a", '"a,b', '"a"b,c', 'a,"b'])
    assert.equal(readCsv(text), undefined, text);
});

test("CEF and LEEF: the header by name, the extension by its keys", () => {
  const header = { vendor: "v", product: "p|q", version: "1" };
  for (const [text, expected] of [
    [
      "CEF:0|v|p\\|q|1|42|Login failed|5|src=192.0.2.7 suser=al bo msg=a\\=b c\\\\d",
      {
        ...header,
        id: "42",
        title: "Login failed",
        severity: "5",
        src: "192.0.2.7",
        suser: "al bo",
        msg: "a=b c\\d",
      },
    ],
    ["CEF:0|v|p\\|q|1|42|x|5|", { ...header, id: "42", title: "x", severity: "5" }],
    [
      "CEF:0|v|p\\|q|1|42|x|5|src=1 src=2",
      { ...header, id: "42", title: "x", severity: "5", src: [] },
    ],
    [
      "LEEF:1.0|v|p\\|q|1|42|src=192.0.2.7\tusrName=al bo\tx",
      { ...header, id: "42", src: "192.0.2.7", usrName: "al bo" },
    ],
    [
      "LEEF:2.0|v|p\\|q|1|42|^|src=192.0.2.7^usrName=al",
      { ...header, id: "42", src: "192.0.2.7", usrName: "al" },
    ],
    [
      "LEEF:2.0|v|p\\|q|1|42|x5E|src=192.0.2.7^usrName=al",
      { ...header, id: "42", src: "192.0.2.7", usrName: "al" },
    ],
  ] as const)
    assert.deepEqual(plain(readCef(text)), expected, text);
  for (const text of ["", "CEF:0|v|p|1", "CEF:x|v", " CEF:0|v|p|1|42|x|5|", "LEEF:1.0|v|p|1|42"])
    assert.equal(readCef(text), undefined, text);
});

test("a message with more values than are read is not read: an address may follow that is the service's", () => {
  const pairs = (count: number, separator: string): string =>
    Array.from({ length: count }, (_, i) => `k${i}=v`).join(separator);
  const cef = "CEF:0|v|p|1|42|x|5|src=203.0.113.9 ";
  const leef = "LEEF:1.0|v|p|1|42|src=203.0.113.9\t";
  for (const [read, most, more] of [
    [readLogfmt, `ip=203.0.113.9 ${pairs(255, " ")}`, " ip=192.0.2.7"],
    [readCef, cef + pairs(249, " "), " src=192.0.2.7"],
    [readCef, leef + pairs(251, "\t"), "\tsrc=192.0.2.7"],
    [readCsv, "x,".repeat(255), ",192.0.2.7"],
  ] as const) {
    assert.equal(Object.keys(read(most) ?? {}).length, 256, most);
    assert.equal(read(most + more), undefined, most);
  }
});

test("hostile text of a long line takes little time, and no more than a bounded number of values", () => {
  const began = process.cpuUsage();
  for (const piece of [
    "a=1 ",
    'a="',
    "\\",
    '"',
    '""',
    ",",
    '"",',
    "a ",
    "|",
    "=",
    " a",
    "\\|",
    "\t",
  ]) {
    const text = piece.repeat(16_384 / piece.length);
    for (const line of [
      text,
      `"${text}`,
      `a="${text}`,
      `CEF:0|${text}`,
      `CEF:0|a|b|c|d|e|f|${text}`,
      `LEEF:2.0|a|b|c|d|${text}`,
    ])
      for (const read of [readLogfmt, readCsv, readCef]) {
        const values = Object.values(read(line) ?? {}).flat();
        assert.ok(values.length <= 262, `${values.length} values`);
      }
  }
  const { user } = process.cpuUsage(began);
  assert.ok(user < 2_000_000, `${user} µs`);
});

test("CSV with a quote behind a blank is not read, because a client may have chosen its commas", () => {
  assert.equal(readCsv('T, "a, 203.0.113.71, LOGIN_FAIL, ", 192.0.2.7'), undefined);
  assert.equal(readCsv('T,\t"a",b'), undefined);
  assert.deepEqual({ ...readCsv("T, a, 192.0.2.7") }, { 1: "T", 2: " a", 3: " 192.0.2.7" });
});
