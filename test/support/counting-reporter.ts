import { writeFileSync } from "node:fs";
import Mocha from "mocha";
import type { Counts } from "./run-mocha.ts";

/** Shows what mocha's own reporter shows, and leaves the counts in a file for the one who started it. */
export default class CountingReporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const { counts: file } = options.reporterOptions as { counts: string };
    runner.once(Mocha.Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures, pending } = this.stats;
      const counts: Counts = { passed: passes, failed: failures, skipped: pending };
      writeFileSync(file, JSON.stringify(counts));
    });
  }
}
