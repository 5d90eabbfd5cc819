import { expect } from "chai";
import { execFile } from "node:child_process";
import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { newCourse, newUser } from "./support/fixtures.ts";
import { readmeBlocks } from "../packages/client/test/support/readme.ts";
import { packClient } from "./support/pack-client.ts";
import { startPaymentSystem, type PaymentSystem } from "./support/payment-system.ts";

const run = promisify(execFile);
const root = join(import.meta.dirname, "..");

describe("@till/client in a foreign project", function () {
  // npm downloads what the client depends on.
  this.timeout(300_000);
  let system: PaymentSystem;
  let folder: string;
  const user = newUser();

  before(async () => {
    system = await startPaymentSystem();
    folder = await mkdtemp(join(tmpdir(), "till-foreign-"));
    const tarball = await packClient(folder);
    await writeFile(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
    await run("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", tarball], { cwd: folder });
    await copyFile(join(root, "test/support/foreign-project/main.ts"), join(folder, "main.ts"));
  });
  after(async () => {
    await system.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it("depends on no package of the workspace, and has no source to compile", async () => {
    const manifest = JSON.parse(
      await readFile(join(folder, "node_modules/@till/client/package.json"), "utf8"),
    ) as { dependencies: Record<string, string>; exports: Record<string, { default: string }> };
    expect(Object.keys(manifest.dependencies).filter((name) => name.startsWith("@till/"))).to.deep.equal([]);
    for (const { default: entry } of Object.values(manifest.exports)) expect(entry).to.match(/\.js$/);
  });

  it("has generated code of the services alone that the client or the command calls, and no test", async () => {
    const installed = join(folder, "node_modules/@till/client");
    const files = await readdir(installed, { recursive: true });
    expect(files.filter((file) => /test|\.ts$/.test(file) && !file.endsWith(".d.ts"))).to.deep.equal([]);
    const services = files.flatMap((file) => /gen\/src\/till\/(\w+\/v1\/\w+)_pb\./.exec(file)?.[1] ?? []);
    expect(new Set(services)).to.deep.equal(
      new Set([
        ...["ops/v1/ops_service", "order/v1/order", "order/v1/order_service"],
        ...["payment/v1/payment", "payment/v1/payment_service"],
        ...["session/v1/session_service", "webhook/v1/webhook_service"],
        // What `till verify-upstream` calls.
        ...["user/v1/user_service", "course/v1/course_service"],
        ...["catalog/v1/catalog_service", "inventory/v1/inventory_service"],
      ]),
    );
  });

  it("compiles under --strict with its types checked and the README's programs beside it, runs against the services, and shows orders by npx till", async () => {
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    const types = ["--types", "node", "--typeRoots", join(root, "node_modules/@types")];
    const snippets = (await readmeBlocks("ts")).map((code, index) => [`readme-${index}.ts`, code] as const);
    for (const [name, code] of snippets) await writeFile(join(folder, name), code);
    const options = [
      "--strict",
      "--exactOptionalPropertyTypes",
      "--module",
      "nodenext",
      "--target",
      "es2022",
    ];
    await run(process.execPath, [tsc, ...options, ...types, "main.ts", ...snippets.map(([name]) => name)], {
      cwd: folder,
    }).catch((error: { readonly stdout: string }) => expect.fail(error.stdout));

    const token = await system.token(user);
    const addresses = [system.orderAddress, system.paymentAddress];
    const args = ["main.js", ...addresses, token, newCourse()];
    const { stdout } = await run(process.execPath, args, { cwd: folder });
    const { id, ...seen } = JSON.parse(stdout) as { id: string };
    expect(seen).to.deep.equal({
      reason: "PRICE_CHANGED to 10.00",
      paid: [[true, "1000"]],
      last: "PAID",
      unsigned: "HEADERS_MISSING",
      signed: "msg_1",
      operators: "function",
      offline: "UNAVAILABLE",
    });

    const till = join(folder, "node_modules/.bin/till");
    expect((await run(till, ["--version"])).stdout).to.match(/^\d+\.\d+\.\d+\n$/);
    const command = ["orders", "get", id, "--order-address", system.orderAddress, "--token", token];
    expect((await run(till, command)).stdout)
      .to.contain(`Order ${id}  PAID`)
      .and.to.contain("10.00 EUR");
  });
});
