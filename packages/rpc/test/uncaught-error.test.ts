import { expect } from "chai";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";

describe("An error that nothing catches", () => {
  for (const how of ["thrown", "rejected"])
    it(`is logged, and the process drains and exits with 1 (${how})`, async () => {
      const child = spawn(process.execPath, [join(import.meta.dirname, "process-that-fails.ts"), how]);
      const [printed, logged, [code]] = await Promise.all([
        text(child.stdout),
        text(child.stderr),
        once(child, "exit") as Promise<[number | null]>,
      ]);
      expect([code, printed]).to.deep.equal([1, "drained"]);
      const lines = logged
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      expect(lines.map(({ level }) => level)).to.deep.equal(["info", "fatal", "info"]);
      expect(logged).to.include("a foreign byte");
    });
});
