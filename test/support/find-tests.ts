import { existsSync, globSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";

type Tests = {
  /** In the order in which they are started. */
  readonly files: readonly string[];
  readonly mochaArguments: readonly string[];
};

const root = join(import.meta.dirname, "..", "..");
/** Of the parts, beside their sources or below them. */
const parts = [
  "{packages,services}/*/{src,test}/**/*.test.ts",
  "deploy/**/*.test.ts",
  "test/{bench,fuzz,support}/**/*.test.ts",
];
/** Of the whole system: a minute or more each, with brokers and services of their own. */
const system = ["test/*.test.ts"];
/** How many files of parts follow each of the system, so that few of those run at once and none of them comes last. */
const between = 8;

/** All the tests, or those below the paths among the arguments; the other arguments are mocha's. */
export function findTests(args: readonly string[]): Tests {
  const isMochas = args.map((arg, index) => arg.startsWith("-") || isValue(arg, args[index - 1]));
  const paths = args.filter((_, index) => !isMochas[index]).map(below);
  const isWanted = (file: string) =>
    paths.length === 0 || paths.some((path) => path === "" || file === path || file.startsWith(path + sep));
  const ofParts = parts.flatMap(matching).filter(isWanted);
  const files = system
    .flatMap(matching)
    .filter(isWanted)
    .flatMap((file) => [file, ...ofParts.splice(0, between)])
    .concat(ofParts);
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
