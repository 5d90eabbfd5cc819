import { expect } from "chai";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { historyTypes } from "./history-types.ts";

const source = globSync("{rules,charge}/*.ts", { cwd: join(import.meta.dirname, "..") })
  .filter((path) => !/\.test\.ts$|history-types/.test(path))
  .map((path) => readFileSync(join(import.meta.dirname, "..", path), "utf8"))
  .join("\n");

/** The types that the rules write, as their source has them. */
function writtenTypes(): string[] {
  const find = (pattern: RegExp) => [...source.matchAll(pattern)].map(([, name]) => name!);
  const whole = [
    ...find(/entry: "([A-Z_]+)"/g),
    ...find(/entry = \{ type: "([A-Z_]+)"/g),
    ...find(/(?:failWith|suspendAttempt)\([^"]*?"([A-Z]+_[A-Z_]+)"/g),
  ];
  const endings = [
    ...find(/toUpperCase\(\)\}_([A-Z]+)`/g),
    // Operations without an outcome.
    ...(source.includes('? "PENDING" : "UNKNOWN"') ? ["PENDING", "UNKNOWN"] : []),
  ];
  const ofDisputes = source.includes("`DISPUTE_${") ? ["LOST", "NEEDS_RESPONSE", "UNDER_REVIEW", "WON"] : [];
  const ofOperations = endings.flatMap((ending) =>
    ["CAPTURE", "VOID", "REFUND"].map((kind) => `${kind}_${ending}`),
  );
  return [...new Set([...whole, ...ofOperations, ...ofDisputes.map((state) => `DISPUTE_${state}`)])].sort();
}

describe("The types of a payment's history entries", () => {
  it("are those that the rules write, and no others", () => {
    expect(Object.keys(historyTypes).sort()).to.deep.equal(writtenTypes());
  });
});
