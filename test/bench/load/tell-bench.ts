/** What a load's process tells the bench: that its measured window begins and ends, and its result. */
export type LoadMessage<Result> = {
  readonly window?: "begins" | "ends";
  readonly result?: Result;
};

/** Tells the bench; without one, the terminal. */
export function tellBench<Result>(message: LoadMessage<Result>): void {
  if (process.send) process.send(message);
  else console.log(message);
}

/** Tells the result, and keeps the process alive until it is stopped, so that the result is not lost on its way. */
export function tellResult<Result>(result: Result): void {
  process.channel?.ref();
  process.once("disconnect", () => process.exit());
  process.once("SIGTERM", () => process.exit()); // by itself, so that its CPU profile is written
  tellBench({ result });
}
