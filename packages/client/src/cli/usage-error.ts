/** A command that cannot be run as it was given. The exit code is 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
