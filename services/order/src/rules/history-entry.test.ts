import { expect } from "chai";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { bookingTransitions } from "./booking.ts";
import { fulfilmentSteps } from "./fulfil.ts";
import { historyTypes } from "./history-entry.ts";

const source = globSync("{*,../store/erase-orders}.ts", { cwd: import.meta.dirname })
  .filter((path) => !/\.test\.ts$|history-entry/.test(path))
  .map((path) => readFileSync(join(import.meta.dirname, path), "utf8"))
  .join("\n");

/** The endings of the types that a rule composes, by their beginning. */
const endings: Readonly<Record<string, readonly string[]>> = {
  ORDER: Object.keys(fulfilmentSteps),
  BOOKING: Object.keys(bookingTransitions),
  STOCK: ["COMMITTED", "RELEASED", "MISSING"],
};

/** Whether a rule, or the erasure of a person, writes entries of this type; the compiler sees to it that it writes no others. */
function isWritten(type: string): boolean {
  const [, beginning = "", ending = ""] = /^([A-Z]+)_(.*)$/.exec(type) ?? [];
  const isComposed = source.includes(`historyEntry(\`${beginning}_\${`);
  return new RegExp(`"${type}"`).test(source) || (isComposed && endings[beginning]!.includes(ending));
}

describe("The types of an order's history entries", () => {
  for (const type of Object.keys(historyTypes)) {
    it(`include ${type}, which the service writes`, () => expect(isWritten(type)).to.equal(true));
  }
});
