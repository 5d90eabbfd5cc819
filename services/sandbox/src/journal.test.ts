import { expect } from "chai";
import { existsSync } from "node:fs";
import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openJournal } from "./journal.ts";

describe("the journal", () => {
  let folder: string;
  let path: string;
  before(async () => (folder = await mkdtemp(join(tmpdir(), "till-journal-"))));
  beforeEach(() => (path = join(folder, crypto.randomUUID())));
  after(() => rm(folder, { recursive: true }));

  type Thing = { readonly n: number };

  /** What the next process finds on a page. */
  async function found(name: string): Promise<readonly Thing[]> {
    const journal = await openJournal(path);
    journal.close();
    return journal.page<Thing>(name).earlier;
  }

  it("keeps what was written last of each entry, without what was struck, each page by itself", async () => {
    const journal = await openJournal(path);
    const [one, other] = [journal.page<Thing>("one"), journal.page<Thing>("other")];
    expect(one.earlier).to.eql([]);
    for (const n of [1, 2, 3]) one.write(`${n}`, { n });
    await Promise.resolve();
    one.write("1", { n: 10 });
    one.strike("2");
    other.write("1", { n: 100 });
    journal.close();
    expect(await found("one")).to.eql([{ n: 10 }, { n: 3 }]);
    expect(await found("other")).to.eql([{ n: 100 }]);
    expect(await found("nothing")).to.eql([]);
  });

  it("has what happened at once in one line, written before anybody who waits for it goes on", async () => {
    const journal = await openJournal(path);
    const page = journal.page<Thing>("one");
    const happen = () => {
      page.write("1", { n: 1 });
      page.write("2", { n: 2 });
      return Promise.resolve();
    };
    await happen();
    expect(await readFile(path, "utf8")).to.equal('[["one","1",{"n":1}],["one","2",{"n":2}]]\n');
    journal.close();
  });

  it("takes a line that a crash has torn for one that was never written, and goes on behind it", async () => {
    const whole = '[["one","1",{"n":1}],["two","1",{"n":1}]]\n';
    const last = '[["one","2",{"n":2}],["two","2",{"n":2}]]\n';
    for (let length = 0; length < last.length; length++) {
      await writeFile(path, whole + last.slice(0, length));
      // The line break alone may be missing.
      const things = length === last.length - 1 ? [{ n: 1 }, { n: 2 }] : [{ n: 1 }];
      expect(await found("two"), last.slice(0, length)).to.eql(things);
    }
    const journal = await openJournal(path);
    journal.page<Thing>("one").write("3", { n: 3 });
    journal.close();
    expect(await found("one")).to.eql([{ n: 1 }, { n: 2 }, { n: 3 }]);
  });

  it("does not start on a file that is damaged in the middle, and says where", async () => {
    await writeFile(path, '[["one","1",{"n":1}]]\n[["one",\n[["one","3",{"n":3}]]\n');
    const refusal = await openJournal(path).catch((error: Error) => error.message);
    expect(refusal).to.equal(`cannot keep the journal ${path}: line 2 is damaged`);
    expect(await readFile(path, "utf8")).to.include('"3"');
  });

  it("does not grow with what counts no more, and is for its owner alone", async () => {
    const journal = await openJournal(path);
    const page = journal.page<Thing>("one");
    for (let n = 0; n < 5_000; n++) page.write(`${n % 2_500}`, { n });
    for (let n = 0; n < 2_499; n++) page.strike(`${n}`);
    journal.close();
    await appendFile(`${path}.new`, "left by a start that was killed");
    expect(await found("one")).to.eql([{ n: 4_999 }]);
    expect(await readFile(path, "utf8")).to.equal('[["one","2499",{"n":4999}]]\n');
    expect((await stat(path)).mode & 0o777).to.equal(0o600);
    expect(existsSync(`${path}.new`)).to.equal(false);
  });
});
