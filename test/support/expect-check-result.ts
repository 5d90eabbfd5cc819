import { expect } from "chai";
import type { CheckResult } from "../../deploy/doctor/check-result.ts";

/** Expects a result of that status, in these words, with a remedy where it is not ok. */
export function expectResult(
  { status, found, remedy }: CheckResult,
  expected: CheckResult["status"],
  words: RegExp,
): void {
  expect(status, found).to.equal(expected);
  expect(found).to.match(words);
  expect(remedy !== undefined, "a remedy").to.equal(expected !== "ok");
}
