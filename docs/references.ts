import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

/**
 * `node docs/references.ts` reports what a document of this repository names and the repository does not have: relative
 * links, paths in backticks, TypeScript files in pictures and after `node`, npm scripts, and settings that no code reads
 * (`.env.example` too); and the folders of `packages/` and `services/` that the README leaves out.
 */
const root = join(import.meta.dirname, "..");
const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
  cwd: root,
  encoding: "utf8",
})
  .split("\n")
  .filter(Boolean);
/** Every file and folder, each folder with a slash behind it. */
const paths = new Set(files.flatMap((file) => [file, ...foldersOf(file)]));
const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  scripts: Readonly<Record<string, string>>;
};

const setting = String.raw`\bTILL_[A-Z0-9_]+`;
const settings = new Set(
  execFileSync("git", ["grep", "--untracked", "-ohE", setting, "--", "*.ts"], {
    cwd: root,
    encoding: "utf8",
  }).split("\n"),
);

const read = (file: string) => readFileSync(join(root, file), "utf8");
const documents = files.filter((file) => file.endsWith(".md") && !file.startsWith("third_party/"));
const missing = documents.flatMap((file) => {
  const text = read(file);
  const named = [brokenLinks(file, text), missingPaths(text), missingScripts(text), unreadSettings(text)];
  return [...new Set(named.flat())].map((name) => `${file}: ${name}`);
});
missing.push(...unreadSettings(read(".env.example")).map((name) => `.env.example: ${name}`));
const readme = read("README.md");
const folders = [...paths].filter((path) => /^(packages|services)\/[^/]+\/$/.test(path));
for (const folder of folders) {
  const [, name] = folder.split("/");
  if (!readme.includes(`\`${name}\``) && !readme.includes(`\`${folder.slice(0, -1)}`))
    missing.push(`README.md: does not name ${folder}`);
}
for (const line of missing) console.error(line);
if (missing.length > 0) process.exitCode = 1;

/** Links of Markdown to a file that is not there. */
function brokenLinks(file: string, text: string): string[] {
  const targets = [...text.matchAll(/\]\(([^)\s#]+)[^)]*\)/g)].map(([, target]) => target ?? "");
  const relative = targets.filter((target) => !/^[a-z]+:/.test(target));
  return relative.filter((target) => !isHere(normalize(join(dirname(file), target))));
}

/**
 * Paths in backticks, and files in pictures, that are nowhere. A path may leave out its first folders (`rules/order.ts` is
 * one in a service), and `*` or `<name>` stands for a part. What git ignores is made by a command.
 */
function missingPaths(text: string): string[] {
  const pictures = [...text.matchAll(/^```\n([^]*?)^```/gm)].map(([picture]) => picture).join("");
  const drawn = [...pictures.matchAll(/[\w./-]+\.ts\b/g)].map(([file]) => file);
  const prose = text.replaceAll(/^```[^]*?^```/gm, "");
  const quoted = [...prose.matchAll(/`([^`\s]+)`/g)].map(([, word]) => word ?? "");
  const run = [...text.matchAll(/\bnode ([\w./-]+\.ts)\b/g)].map(([, file]) => file ?? "");
  const named = [...drawn, ...run, ...quoted.filter(isPath)];
  return named.filter((path) => !isSomewhere(path) && !isIgnored(path));
}

/** A file or folder by its looks: not a URL's path, a name of gRPC, or an import of a package. */
function isPath(word: string): boolean {
  const characters = /^[\w.*<>-]+(\/[\w.*<>-]+)*\/?$/;
  const isName = /^(till|google|grpc)\.|^\d/.test(word);
  const extension = /\.(ts|md|json|ya?ml|proto|sql|binpb)$/;
  return characters.test(word) && !isName && (word.includes("/") || extension.test(word));
}

function isSomewhere(word: string): boolean {
  const parts = word.split(/\*|<[^>]*>/).map((part) => part.replaceAll(".", String.raw`\.`));
  const pattern = new RegExp(`(^|/)${parts.join("[^/]*")}/?$`);
  return [...paths].some((path) => pattern.test(path));
}

function isIgnored(path: string): boolean {
  return spawnSync("git", ["check-ignore", "-q", path], { cwd: root }).status === 0;
}

function missingScripts(text: string): string[] {
  const named = [...text.matchAll(/npm run ([\w:-]+)/g)].map(([, script]) => script ?? "");
  return named.filter((script) => !(script in scripts)).map((script) => `npm run ${script}`);
}

/** A name that ends in `_` stands for all that begin with it (`TILL_KEEP_…_DAYS`). */
function unreadSettings(text: string): string[] {
  const isRead = (name: string) =>
    name.endsWith("_") ? [...settings].some((known) => known.startsWith(name)) : settings.has(name);
  return [...text.matchAll(new RegExp(setting, "g"))].map(([name]) => name).filter((name) => !isRead(name));
}

function isHere(path: string): boolean {
  return paths.has(path) || paths.has(`${path}/`);
}

function foldersOf(file: string): string[] {
  const parts = file.split("/").slice(0, -1);
  return parts.map((_, depth) => `${parts.slice(0, depth + 1).join("/")}/`);
}
