/** What web servers escape otherwise than JSON does must not make a line unreadable, nor end a text. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseLoggedJson } from "./parse-logged-json.ts";

test("escapes of Apache and nginx are the characters that they mean", () => {
  for (const [text, agent] of [
    [String.raw`{"agent":"a\x22b"}`, 'a"b'],
    [String.raw`{"agent":"\xC3\xa9"}`, "Ã©"],
    [String.raw`{"agent":"a\vb\tc\"d"}`, 'a\vb\tc"d'],
    [String.raw`{"agent":"\\x22\x22"}`, String.raw`\x22"`],
    [String.raw`{"agent":"\x22,\x22ip\x22:\x22203.0.113.9"}`, '","ip":"203.0.113.9'],
    [String.raw`{"agent":"\u00e9\\v"}`, String.raw`é\v`],
  ] as const) {
    const { json, root } = parseLoggedJson(text);
    assert.deepEqual(root, { agent }, text);
    assert.deepEqual(JSON.parse(json), root, "the text is valid JSON");
  }
});

test("other text is no JSON", () => {
  for (const text of [
    String.raw`{"agent":"\x2"}`,
    String.raw`{"agent":"\xgg"}`,
    String.raw`{"agent":"\q\x22"}`,
    String.raw`{"agent":"\x22`,
    String.raw`\x7b}`,
  ])
    assert.equal(parseLoggedJson(text).root, undefined, text);
});
