/** What a check found: `warn` runs, with the drawback that it tells; `fail` does not run, or loses something. */
export type CheckResult = {
  readonly status: "ok" | "warn" | "fail";
  /** What was looked at, such as `postgres version`. */
  readonly check: string;
  readonly found: string;
  /** What to do about it; of what is not ok. */
  readonly remedy?: string;
};

export function ok(check: string, found: string): CheckResult {
  return { status: "ok", check, found };
}

export function warn(check: string, found: string, remedy: string): CheckResult {
  return { status: "warn", check, found, remedy };
}

export function failed(check: string, found: string, remedy: string): CheckResult {
  return { status: "fail", check, found, remedy };
}

/** The reason that an error has, in a line: that of its cause where it says no more than that something failed. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  if (!(error instanceof Error)) return String(error);
  if (error.message === "" || error.message === "fetch failed") return reasonOf(error.cause ?? error.name);
  return error.message.replaceAll(/\s+/g, " ");
}
