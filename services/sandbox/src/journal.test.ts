import { expect } from "chai";
import { existsSync } from "node:fs";
import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openJournal } from "./journal.ts";

describe("openJournal", () => {
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
    return journal.section<Thing>(name).restored;
  }

  it("restores the last version of each entry and no removed ones, by section", async () => {
    const journal = await openJournal(path);
    const [one, other] = [journal.section<Thing>("one"), journal.section<Thing>("other")];
    expect(one.restored).to.eql([]);
    for (const n of [1, 2, 3]) one.put(`${n}`, { n });
    await Promise.resolve();
    one.put("1", { n: 10 });
    one.remove("2");
    other.put("1", { n: 100 });
    journal.close();
    expect(await found("one")).to.eql([{ n: 10 }, { n: 3 }]);
    expect(await found("other")).to.eql([{ n: 100 }]);
    expect(await found("nothing")).to.eql([]);
  });

  it("writes the changes of one synchronous step as one line, before the step's promise resolves", async () => {
    const journal = await openJournal(path);
    const section = journal.section<Thing>("one");
    const happen = () => {
      section.put("1", { n: 1 });
      section.put("2", { n: 2 });
      return Promise.resolve();
    };
    await happen();
    expect(await readFile(path, "utf8")).to.equal('[["one","1",{"n":1}],["one","2",{"n":2}]]\n');
    journal.close();
  });

  it("ignores a torn last line and appends after it", async () => {
    const whole = '[["one","1",{"n":1}],["two","1",{"n":1}]]\n';
    const last = '[["one","2",{"n":2}],["two","2",{"n":2}]]\n';
    for (let length = 0; length < last.length; length++) {
      await writeFile(path, whole + last.slice(0, length));
      // The line break alone may be missing.
      const things = length === last.length - 1 ? [{ n: 1 }, { n: 2 }] : [{ n: 1 }];
      expect(await found("two"), last.slice(0, length)).to.eql(things);
    }
    const journal = await openJournal(path);
    journal.section<Thing>("one").put("3", { n: 3 });
    journal.close();
    expect(await found("one")).to.eql([{ n: 1 }, { n: 2 }, { n: 3 }]);
  });

  it("rejects a file that is damaged in the middle, naming the line", async () => {
    await writeFile(path, '[["one","1",{"n":1}]]\n[["one",\n[["one","3",{"n":3}]]\n');
    const rejection = await openJournal(path).catch((error: Error) => error.message);
    expect(rejection).to.equal(`cannot keep the journal ${path}: line 2 is damaged`);
    expect(await readFile(path, "utf8")).to.include('"3"');
  });

  it("drops replaced and removed entries at each start, and is readable by its owner only", async () => {
    const journal = await openJournal(path);
    const section = journal.section<Thing>("one");
    for (let n = 0; n < 5_000; n++) section.put(`${n % 2_500}`, { n });
    for (let n = 0; n < 2_499; n++) section.remove(`${n}`);
    journal.close();
    await appendFile(`${path}.new`, "left by a start that was killed");
    expect(await found("one")).to.eql([{ n: 4_999 }]);
    expect(await readFile(path, "utf8")).to.equal('[["one","2499",{"n":4999}]]\n');
    expect((await stat(path)).mode & 0o777).to.equal(0o600);
    expect(existsSync(`${path}.new`)).to.equal(false);
  });
});
