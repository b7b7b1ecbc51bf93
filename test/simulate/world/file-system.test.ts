/** The simulated file system does what the real one does, in random histories of the operations that simulations use. */
import assert from "node:assert/strict";
import * as real from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createRandom, type Random } from "../random.ts";
import { FileSystem } from "./file-system.ts";

const NAMES = ["a", "b", "c", "d"] as const;
const ROUNDS = 40;
const OPERATIONS = 60;

/** Both file systems, and pairs of descriptors of the same file. */
interface Pair {
  readonly root: string;
  readonly simulated: FileSystem;
  readonly opened: [real: number, simulated: number][];
}

/** What an operation did: its result, or the code of its error. */
function outcome(run: () => unknown): unknown {
  try {
    return run() ?? "done";
  } catch (error) {
    return error instanceof Error && "code" in error ? error.code : error;
  }
}

function operate(random: Random, { root, simulated, opened }: Pair): void {
  const name = random.pick(NAMES);
  const [there, here] = [join(root, name), `/log/${name}`];
  const text = `${random.whole(0, 999)}\n`;
  switch (random.whole(0, 7)) {
    case 0:
    case 1:
      if (simulated.find(here, "keep")?.kind === "link") return;
      real.appendFileSync(there, text);
      simulated.append(simulated.makeFile(here), Buffer.from(text));
      return;
    case 2: {
      const other = random.pick(NAMES);
      const did = outcome(() => real.renameSync(there, join(root, other)));
      assert.equal(
        outcome(() => simulated.rename(here, `/log/${other}`)),
        did,
      );
      return;
    }
    case 3:
      real.rmSync(there, { force: true });
      return simulated.remove(here);
    case 4: {
      const inode = simulated.find(here, "keep");
      if (inode?.kind !== "file") return;
      real.writeFileSync(there, text);
      return simulated.write(inode, Buffer.from(text));
    }
    case 5: {
      const did = outcome(() => real.openSync(there, "r"));
      const same = outcome(() => simulated.open(here));
      if (typeof did === "number" && typeof same === "number") opened.push([did, same]);
      else assert.equal(same, did);
      return;
    }
    case 6: {
      const [pair] = opened.splice(0, 1);
      if (pair === undefined) return;
      real.closeSync(pair[0]);
      return simulated.close(pair[1]);
    }
    default:
      if (simulated.find(here, "keep") !== undefined) return;
      real.symlinkSync(random.pick(NAMES), there);
      simulated.makeLink(real.readlinkSync(there), here);
  }
}

function compare({ root, simulated, opened }: Pair): void {
  assert.deepEqual([...simulated.list("/log")].sort(), real.readdirSync(root).sort());
  for (const name of NAMES) {
    const path = `/log/${name}`;
    const follow = outcome(() => simulated.find(path)?.size ?? "ENOENT");
    assert.equal(
      follow,
      outcome(() => real.statSync(join(root, name)).size),
      name,
    );
    const kept = simulated.find(path, "keep");
    assert.equal(
      kept?.kind === "link",
      outcome(() => real.lstatSync(join(root, name)).isSymbolicLink()) === true,
    );
    const resolved = outcome(() => real.realpathSync(join(root, name)).slice(root.length));
    assert.equal(
      outcome(() => simulated.realPath(path).slice("/log".length)),
      resolved,
    );
  }
  for (const [there, here] of opened) {
    const inode = simulated.opened(here);
    const stats = real.fstatSync(there);
    assert.deepEqual([inode.size, inode.links], [stats.size, stats.nlink]);
    const bytes = Buffer.alloc(stats.size);
    real.readSync(there, bytes, 0, bytes.length, 0);
    assert.deepEqual(simulated.contentOf(inode), bytes);
  }
}

test("names, links, contents and open files are those of the real file system", () => {
  for (let seed = 0; seed < ROUNDS; seed++) {
    const random = createRandom(seed);
    const root = real.realpathSync(real.mkdtempSync(join(tmpdir(), "bailiff-files-")));
    const simulated = new FileSystem(() => 0);
    simulated.makeFolder("/log");
    const pair: Pair = { root, simulated, opened: [] };
    try {
      for (let n = 0; n < OPERATIONS; n++) {
        operate(random, pair);
        compare(pair);
      }
    } finally {
      for (const [there] of pair.opened) real.closeSync(there);
      real.rmSync(root, { recursive: true });
    }
  }
});

test("the inode of a removed file is used again once nobody has it open", () => {
  const files = new FileSystem(() => 0);
  const { number } = files.makeFile("/a");
  const descriptor = files.open("/a");
  files.remove("/a");
  assert.notEqual(files.makeFile("/b").number, number);
  files.close(descriptor);
  assert.equal(files.makeFile("/c").number, number);
});

test("a watched folder reports what happens to its names", () => {
  const files = new FileSystem(() => 0);
  files.makeFolder("/log");
  const seen: string[] = [];
  files.watch("/log", (event, name) => seen.push(`${event} ${name}`));
  const inode = files.makeFile("/log/a");
  files.append(inode, Buffer.from("1\n"));
  files.append(inode, Buffer.from("2\n"));
  files.deliverEvents();
  files.rename("/log/a", "/log/b");
  files.remove("/log/b");
  files.deliverEvents();
  // Equal events that follow each other are one.
  assert.deepEqual(seen, ["rename a", "change a", "rename a", "rename b"]);
});
