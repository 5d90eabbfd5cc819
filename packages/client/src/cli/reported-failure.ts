/** A command that has printed what is wrong. The exit code is 1. */
export class ReportedFailure extends Error {
  override readonly name = "ReportedFailure";
}
