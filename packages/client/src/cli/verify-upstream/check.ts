import { problemOfAmount, type ProtoMoney } from "./amounts.ts";
import { tillErrorFrom } from "../../till-error-from.ts";
import { isTillError } from "../../till-error.ts";

/** A rule of an upstream's contract, with the call that shows whether it is kept. */
export type Check = {
  /** The rule, as the end of a sentence that begins with the service. */
  readonly rule: string;
  /** Throws a CheckFailure where the rule is broken. Undefined: it cannot be checked without `needs`. */
  readonly run?: (() => Promise<void>) | undefined;
  /** The option that names what it needs. */
  readonly needs?: string;
};

/** A rule, with what its check found. */
export type CheckedRule = {
  readonly service: string;
  readonly rule: string;
  readonly status: "KEPT" | "BROKEN" | "NOT_CHECKED";
  /** What was expected and what came, or what is needed for the check. */
  readonly problem?: string;
};

/** A broken rule: what was expected, and what came instead. */
class CheckFailure extends Error {
  override readonly name = "CheckFailure";
}

/** Throws a CheckFailure unless a condition holds. */
export function expectThat(condition: boolean, problem: () => string): asserts condition {
  if (!condition) throw new CheckFailure(problem());
}

/** Throws a CheckFailure unless a call fails with one of these reasons. */
export async function expectRejection(call: Promise<unknown>, ...reasons: string[]): Promise<void> {
  const expected = reasons.join(" or ");
  const error = await call.then(
    () => undefined,
    (failure: unknown) => tillErrorFrom(failure, ""),
  );
  expectThat(error !== undefined, () => `expected ${expected}, and the call succeeded`);
  expectThat(reasons.includes(error.reason), () => `expected ${expected}, and got ${describe(error)}`);
}

/** Throws a CheckFailure unless this is a price that can be charged. */
export function expectAmount(amount: ProtoMoney | undefined, what: string): void {
  expectThat(amount !== undefined, () => `${what} is missing`);
  const problem = problemOfAmount(amount);
  expectThat(problem === undefined, () => `${what} ${problem ?? ""}`);
}

/** Runs checks one after the other. */
export async function runChecks(
  service: string,
  checks: readonly Check[],
  report: (result: CheckedRule) => void,
): Promise<void> {
  for (const { rule, run, needs = "" } of checks)
    report(
      run
        ? { service, rule, ...(await resultOf(run)) }
        : { service, rule, status: "NOT_CHECKED", problem: `needs ${needs}` },
    );
}

async function resultOf(run: () => Promise<void>): Promise<Pick<CheckedRule, "status" | "problem">> {
  try {
    await run();
    return { status: "KEPT" };
  } catch (error) {
    if (error instanceof CheckFailure) return { status: "BROKEN", problem: error.message };
    return { status: "BROKEN", problem: `the call failed with ${describe(tillErrorFrom(error, ""))}` };
  }
}

function describe(error: unknown): string {
  return isTillError(error) ? `${error.reason} (${error.code}: ${error.message})` : String(error);
}
