import { freePort } from "@till/embedded-postgres/free-port";
import { expect } from "chai";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { newUser } from "../../../test/support/fixtures.ts";
import { paste } from "../../../test/support/cookbook.ts";
import { startLaptop, type Laptop } from "./support/laptop.ts";
import { readmeBlocks } from "./support/readme.ts";

describe("The client's README", function () {
  this.timeout(120_000);
  let laptop: Laptop;
  let webhookPort: number;
  before(async () => {
    laptop = await startLaptop();
    webhookPort = await freePort();
  });
  after(() => laptop?.stop());

  /** A snippet that calls this system instead of the one at the default ports. */
  function here(code: string): string {
    const { orderAddress, paymentAddress, webhookAddress, gatewayUrl, sandbox } = laptop;
    const addresses = `{ ${JSON.stringify({ orderAddress, paymentAddress, webhookAddress }).slice(1, -1)}, token`;
    return code
      .replaceAll("createTill({ token", `createTill(${addresses}`)
      .replaceAll("http://127.0.0.1:8080", gatewayUrl)
      .replaceAll("http://127.0.0.1:8090/", sandbox)
      .replaceAll("localhost:3000", `localhost:${webhookPort}`)
      .replaceAll("listen(3000)", `listen(${webhookPort})`);
  }

  const tokenOf = async (role: string) =>
    (await fetch(`${laptop.tokenUrl}?user=${newUser()}&role=${role}`)).text();

  /** Runs a program as Node does, and returns what it prints. */
  async function run(code: string): Promise<string> {
    const child = spawn(process.execPath, ["--input-type=module-typescript"], {
      cwd: join(import.meta.dirname, "../../.."),
      env: {
        TOKEN: await tokenOf("user"),
        SERVICE_TOKEN: await tokenOf("service"),
        ADMIN_TOKEN: await tokenOf("admin"),
        TILL_WEBHOOK_SECRET: "whsec_c2VjcmV0IG9mIGEgdGVzdA==",
      },
      stdio: ["pipe", "pipe", "pipe"],
    });
    child.stdin.end(code);
    const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
    expect(err, code).to.equal("");
    return out;
  }

  it("has programs that print what they say they print", async () => {
    const blocks = await readmeBlocks("ts");
    const isReceiver = (code: string) => code.includes("createServer(");
    const receiver = blocks.find(isReceiver) ?? "";
    const programs = blocks
      // It has a provider of tokens that only its reader has.
      .filter((code) => !code.includes("declare const") && !isReceiver(code))
      .map((code) => (code.includes("signWebhook") ? `${receiver}${code}server.close();` : code));
    expect(programs).to.have.lengthOf(8);
    for (const program of programs) {
      const printed = await run(here(program));
      for (const [, expected = ""] of program.matchAll(/\/\/ → (.*)$/gm))
        expect(printed, program).to.contain(expected);
    }
  });

  it("has command lines that can be pasted", async function () {
    if ((await paste("command -v jq")).exitCode !== 0) {
      const isRequired = process.env["TILL_REQUIRE"]?.split(",").includes("jq");
      expect(isRequired, "TILL_REQUIRE names jq, which is not installed").to.not.equal(true);
      console.error("    jq is not installed: the command lines are not run");
      return this.skip();
    }
    const blocks = (await readmeBlocks("sh")).filter((lines) => !lines.startsWith("npm install"));
    const { orderAddress, paymentAddress, webhookAddress, home } = laptop;
    const env = [
      `export XDG_CONFIG_HOME=${home} TILL_ORDER_ADDRESS=${orderAddress}`,
      `export TILL_PAYMENT_ADDRESS=${paymentAddress} TILL_WEBHOOK_ADDRESS=${webhookAddress}`,
    ].join("\n");
    const lines = here(blocks.join("\n"))
      .replaceAll("npx till login", `npx till login --sandbox ${laptop.sandbox}`)
      .replaceAll("npx till", `node ${join(import.meta.dirname, "../src/cli/main.ts")}`);
    const { exitCode, output } = await paste(`${env}\n${lines}\necho "$TOKEN"`);
    expect(exitCode, output).to.equal(0);
    expect(output)
      .to.contain("REFUND_REQUESTED")
      .and.to.contain("behind in payment.events")
      .and.to.match(/\nwebhooks\n {2}to publish/)
      .and.to.match(/\ney\S+\.\S+\.\S+\n?$/);
  });
});
