import { expect } from "chai";
import { decimalOf } from "./decimal.ts";

describe("a JSON number as decimal text", () => {
  for (const [text, decimal] of [
    ["99.99", "99.99"],
    ["0.10", "0.10"],
    ["-3", "-3"],
    ["1e2", "100"],
    ["1.5E3", "1500"],
    ["1999e-2", "19.99"],
    ["5e-2", "0.05"],
    ["-1.25e+1", "-12.5"],
    ["0e0", "0"],
    ["100e-2", "1"],
  ] as const)
    it(`is ${decimal} for ${text}`, () => expect(decimalOf(text)).to.equal(decimal));

  it("is undefined where it would be longer than any amount", () => {
    expect(decimalOf("1e400")).to.equal(undefined);
    expect(decimalOf(`0.${"0".repeat(50)}1`)).to.equal(undefined);
  });
});
