import { expect } from "chai";
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";

/** Runs a program of a process of its own that has a log, and `write` for lines with a number each. */
function run(program: string): ChildProcessWithoutNullStreams {
  const start = `import { createLog } from ${JSON.stringify(import.meta.resolve("./log.ts"))};
    const log = createLog({ service: "order" });
    let line = 0;
    const write = (lines, note) => { for (let end = line + lines; line < end; line += 1) log.info({ line, note }) };
    const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));`;
  return spawn(process.execPath, ["--input-type=module", "--eval", start + program]);
}

function numbersIn(logged: string): number[] {
  return [...logged.matchAll(/"line":(\d+)/g)].map(([, number]) => Number(number));
}

const upTo = (count: number) => Array.from({ length: count }, (_, number) => number);

describe("Logs on stderr", () => {
  for (const end of [
    "process.exit()",
    "process.exitCode = 0",
    "throw new Error()",
    "void Promise.reject(new Error())",
    "await sleep(1); write(1); process.exit()",
  ])
    it(`have every line, in order, of a process that ends with "${end}"`, async () => {
      const { stderr } = run(`write(500); ${end}`);
      const numbers = numbersIn(await text(stderr));
      expect(numbers).to.deep.equal(upTo(end.includes("write") ? 501 : 500));
    });

  it("have every line of a process that a signal ends", async () => {
    const child = run(`process.once("SIGTERM", () => { write(300); process.exit(7) });
      write(200); console.log("ready"); setInterval(() => undefined, 1_000);`);
    const logged = text(child.stderr);
    await once(child.stdout, "data");
    child.kill("SIGTERM");
    expect(numbersIn(await logged)).to.deep.equal(upTo(500));
    expect(child.exitCode ?? (await once(child, "exit"))[0]).to.equal(7);
  });

  it("have every line, in order, of a process that ends while its pipe is full", async () => {
    const child = run(`const note = "x".repeat(1_000);
      for (let round = 0; round < 4; round += 1) { write(1_000, note); await sleep(30); }
      console.log("written"); write(1_000, note); process.exit()`);
    await once(child.stdout, "data");
    expect(numbersIn(await text(child.stderr))).to.deep.equal(upTo(5_000));
  });

  it("are dropped, and counted, when more than 16 MiB wait for a reader", async () => {
    const lines = 40_000;
    const child = run(
      `write(${lines}, "x".repeat(1_000)); await sleep(100); console.log("written"); process.exit()`,
    );
    await once(child.stdout, "data");
    const logged = await text(child.stderr);
    const numbers = numbersIn(logged);
    expect(numbers).to.deep.equal(upTo(numbers.length)).and.have.length.within(10_000, 20_000);
    expect(logged).to.include(`"dropped_lines":${lines - numbers.length}`);
  });

  it("are dropped when the pipe is closed, and the process goes on", async () => {
    const child = run(`await new Promise((resolve) => process.stdin.once("data", resolve));
      for (let round = 0; round < 5; round += 1) { write(10); await sleep(25); }
      log.fatal("the pipe is closed"); console.log("still here"); process.exit(3)`);
    child.stderr.destroy();
    child.stdin.write("go");
    const printed = text(child.stdout);
    expect(await printed).to.equal("still here\n");
    expect(child.exitCode ?? (await once(child, "exit"))[0]).to.equal(3);
  });
});
