import { existsSync, globSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";

type Tests = {
  /** Run in parallel. */
  readonly together: readonly string[];
  /** Run one after the other, when the others are done: the tests of the whole system. */
  readonly alone: readonly string[];
  readonly mochaArguments: readonly string[];
};

const root = join(import.meta.dirname, "..", "..");
const together = [
  "{packages,services}/*/{src,test}/**/*.test.ts",
  "deploy/**/*.test.ts",
  "test/support/**/*.test.ts",
];
const alone = ["test/*.test.ts"];

/** All the tests, or those below the paths among the arguments; the other arguments are mocha's. */
export function findTests(args: readonly string[]): Tests {
  const paths = args.filter((arg) => existsSync(arg)).map((path) => relative(root, resolve(path)));
  const isWanted = (file: string) =>
    paths.length === 0 || paths.some((path) => path === "" || file === path || file.startsWith(path + sep));
  const tests = {
    together: matching(together).filter(isWanted),
    alone: matching(alone).filter(isWanted),
    mochaArguments: args.filter((arg) => !existsSync(arg)),
  };
  if (tests.together.length + tests.alone.length === 0)
    throw new Error(`there are no tests in ${paths.join(", ")}`);
  return tests;
}

function matching(patterns: string[]): string[] {
  return globSync(patterns, { cwd: root, exclude: ["**/node_modules"] }).sort();
}
