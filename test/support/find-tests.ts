import { existsSync, globSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";

type Tests = {
  /** In the order in which they are started. */
  readonly files: readonly string[];
  readonly mochaArguments: readonly string[];
};

const root = join(import.meta.dirname, "..", "..");
/** Tests of the whole system come first: they are the longest, and the short ones fill up the end. */
const patterns = [
  "test/*.test.ts",
  "{packages,services}/*/{src,test}/**/*.test.ts",
  "deploy/**/*.test.ts",
  "test/{bench,fuzz,support}/**/*.test.ts",
];

/** All the tests, or those below the paths among the arguments; the other arguments are mocha's. */
export function findTests(args: readonly string[]): Tests {
  const isMochas = args.map((arg, index) => arg.startsWith("-") || isValue(arg, args[index - 1]));
  const paths = args.filter((_, index) => !isMochas[index]).map(below);
  const isWanted = (file: string) =>
    paths.length === 0 || paths.some((path) => path === "" || file === path || file.startsWith(path + sep));
  const files = patterns.flatMap(matching).filter(isWanted);
  if (files.length === 0) throw new Error(`there are no tests in ${paths.join(", ")}`);
  return { files, mochaArguments: args.filter((_, index) => isMochas[index]) };
}

/** The `text` of `--grep text`; but in `--bail packages/money` the second is a path. */
function isValue(arg: string, before = ""): boolean {
  return before.startsWith("-") && !before.includes("=") && !existsSync(arg);
}

function below(path: string): string {
  if (!existsSync(path)) throw new Error(`there is no ${path}`);
  return relative(root, resolve(path));
}

function matching(pattern: string): string[] {
  return globSync(pattern, { cwd: root, exclude: ["**/node_modules"] }).sort();
}
