import { cookbookLines, hasGrpcurl, runCookbook } from "./support/cookbook.ts";

/** `npm run cookbook` prints the README's cookbook; with --check it runs it twice on a fresh embedded system. */
if (!process.argv.includes("--check")) {
  process.stdout.write(await cookbookLines());
} else if (!(await hasGrpcurl())) {
  console.error("cookbook: grpcurl is not installed");
} else {
  for (const { exitCode, output } of await runCookbook(2)) {
    if (exitCode === 0) continue;
    console.error(`${output}\ncookbook: the last line above failed`);
    process.exitCode = 1;
  }
}
