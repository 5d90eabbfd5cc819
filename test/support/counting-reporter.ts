import { writeFileSync } from "node:fs";
import { relative } from "node:path";
import Mocha from "mocha";
import type { Counts } from "./run-mocha.ts";

/**
 * Shows what mocha's own reporter shows, and leaves counts and failures in a file for the one who started it.
 * @public mocha loads it by its path
 */
export default class CountingReporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const { counts: file } = options.reporterOptions as { counts: string };
    const failures: string[] = [];
    runner.on(Mocha.Runner.constants.EVENT_TEST_FAIL, (test, error: Error) => {
      const where = test.file === undefined ? "" : ` (${relative(process.cwd(), test.file)})`;
      failures.push(`${test.fullTitle()}${where}\n${error.stack ?? error.message}`);
    });
    runner.once(Mocha.Runner.constants.EVENT_RUN_END, () => {
      const { passes, pending } = this.stats;
      const counts: Counts = { passed: passes, failed: this.stats.failures, skipped: pending, failures };
      writeFileSync(file, JSON.stringify(counts));
    });
  }
}
