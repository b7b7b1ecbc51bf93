import assert from "node:assert/strict";
import { test } from "node:test";
import { CRAWLER_NAMES, CRAWLERS, type CrawlerName, mayBeCrawler } from "./crawlers.ts";
import { parseIp } from "./ip.ts";

/** Networks of the crawlers' own lists of July 2026, and one of an older list. */
const REAL = {
  googlebot: [
    ...["34.22.85.1", "34.176.130.17", "35.247.243.241", "66.249.66.1", "66.249.79.255"],
    ...["192.178.4.1", "192.178.7.255", "2001:4860:4801:2::1", "2001:4860:4801:b6::9"],
  ],
  applebot: ["17.22.237.1", "17.241.193.161", "17.246.23.255", "17.58.101.179"],
};

function judge(name: CrawlerName, text: string): boolean | undefined {
  const ip = parseIp(text);
  return ip && mayBeCrawler(name, ip);
}

for (const name of CRAWLER_NAMES)
  test(`${name}: no address of its operator, of a private network or of a proxy is taken for a fake`, () => {
    for (const ip of [...REAL[name], "10.0.0.2", "127.0.0.1", "fd00::7", "104.16.0.1", "::1"])
      assert.equal(judge(name, ip), true, ip);
    for (const ip of ["192.0.2.7", "2001:db8::7", "9.9.9.9", "192.177.255.255", "192.180.0.0"])
      assert.equal(judge(name, ip), false, ip);
    assert.match(CRAWLERS[name].asOf, /^\d{4}-\d\d$/);
  });
