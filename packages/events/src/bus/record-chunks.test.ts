import { expect } from "chai";
import { recordChunks } from "./record-chunks.ts";

describe("cutting records into chunks", () => {
  const record = (value: string) => ({ topic: "t", key: "k", headers: {}, value });
  const sizes = (values: readonly string[]) =>
    [...recordChunks(values.map(record), 2_000)].map((chunk) => chunk.map(({ value }) => value.length));

  it("keeps a chunk within its bytes, and the records in order", () => {
    expect(sizes(["a".repeat(300), "b".repeat(400), "c".repeat(500)])).to.deep.equal([[300, 400], [500]]);
  });

  it("counts bytes and not characters", () => {
    expect(sizes(["é".repeat(400), "é".repeat(400)])).to.deep.equal([[400], [400]]);
  });

  it("sends a record that is too large alone, and nothing where there is nothing", () => {
    expect(sizes(["a", "b".repeat(9_000), "c"])).to.deep.equal([[1], [9_000], [1]]);
    expect(sizes([])).to.deep.equal([]);
  });
});
