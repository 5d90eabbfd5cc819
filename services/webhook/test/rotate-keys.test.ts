import { newId } from "@till/ids";
import { expect } from "chai";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { eventually } from "../../../test/support/eventually.ts";
import { verify } from "./support/receiver.ts";
import { startWebhookEnvironment, type WebhookEnvironment } from "./support/webhook-environment.ts";

describe("npm run rotate-webhook-keys", () => {
  const [k1, k2, k3] = ["k1", "k2", "k3"].map((id) => `${id}:${randomBytes(32).toString("base64")}`);
  let environment: WebhookEnvironment;
  before(async () => (environment = await startWebhookEnvironment({ TILL_ENCRYPTION_KEYS: `${k1},${k2}` })));
  after(() => environment.stop());

  async function rotate(keys: string): Promise<{ code: number; out: string }> {
    const script = new URL("../src/endpoints/rotate-keys-main.ts", import.meta.url).pathname;
    const env = { ...process.env, WEBHOOK_DATABASE_URL: environment.databaseUrl, TILL_ENCRYPTION_KEYS: keys };
    const child = spawn(process.execPath, [script], { env, stdio: ["ignore", "pipe", "pipe"] });
    let out = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (out += String(chunk)));
    const [code] = (await once(child, "close")) as [number];
    return { code, out };
  }

  it("names the secrets that it cannot decrypt, rotates the rest while the service sends, and may be repeated", async () => {
    const receiver = await environment.receiver();
    const withoutKey = await rotate(k3!);
    expect(withoutKey.code).to.equal(1);
    expect(withoutKey.out).to.match(
      /^webhook secret [\w-]{36} could not be encrypted anew\nkey k1: 1 webhook secrets$/m,
    );

    const { code, out } = await rotate(`${k2},${k1}`);
    expect([code, out]).to.deep.equal([
      0,
      "rotated 1, failed 0\nkey k2: 1 webhook secrets\ndone: 1 rotated to key k2, 0 failed\n",
    ]);
    await environment.publish(newId());
    await eventually(() => expect(receiver.received).to.have.length(1));
    verify(receiver.secret, receiver.received[0]!);

    const repeat = await rotate(k2!);
    expect([repeat.code, repeat.out]).to.deep.equal([
      0,
      "key k2: 1 webhook secrets\ndone: 0 rotated to key k2, 0 failed\n",
    ]);
    await receiver.close();
  }).timeout(60_000);

  it("rotates nothing without keys", async () => {
    const { code, out } = await rotate("");
    expect([code, out]).to.deep.equal([
      1,
      out.match(/^rotate-webhook-keys: [^]*TILL_ENCRYPTION_KEYS[^]*$/)?.[0],
    ]);
  });
});
