import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { expect } from "chai";
import { defaultPorts } from "@till/config";
import { freePort } from "@till/embedded-postgres/free-port";
import { orderConfig } from "@till/order";
import { paymentConfig } from "@till/payment";
import { sandboxConfig } from "@till/sandbox";
import { eventually } from "../../../test/support/eventually.ts";
import { newSecrets } from "./export-lines.ts";
import { whatIsMissing } from "./stack.ts";

const main = join(import.meta.dirname, "main.ts");
/** To create a Postgres takes seconds, and so may its end. */
const patience = { timeoutMs: 50_000 };

describe("npm run stack", function () {
  this.timeout(120_000);
  it("prints the addresses for a shell, and deletes everything at Ctrl-C", async () => {
    const stack = run(["postgres"]);
    await stack.prints("# Ctrl-C");
    expect(stack.output()).to.match(/^export ORDER_DATABASE_URL='postgresql:.*till_order'$/m);
    const folder = folderOf(stack.output());
    expect(existsSync(folder)).to.equal(true);
    stack.child.kill("SIGINT");
    expect(await stack.ended).to.equal(0);
    expect(existsSync(folder)).to.equal(false);
  });

  it("prints what the sandbox and the payment service have to agree on", async () => {
    const stack = run(["postgres"]);
    await stack.prints("# Ctrl-C");
    const lines = stack.output().matchAll(/^export (\w+)='(.*)'$/gm);
    const shell = Object.fromEntries([...lines].map(([, name, value]) => [name!, value!]));
    const payment = paymentConfig(shell);
    expect(sandboxConfig(shell).webhook).to.deep.equal({
      url: `http://127.0.0.1:${payment.webhookPort}/webhooks/sandbox`,
      secret: payment.provider.webhookSecret,
    });
    expect(payment.keyRing).to.not.equal(undefined);
    const other = paymentConfig({ ...shell, TILL_ENCRYPTION_KEYS: newSecrets().encryptionKeys });
    expect(payment.keyRing?.[0].id)
      .to.match(/^stack-\w+$/)
      .and.not.equal(other.keyRing?.[0].id);
    expect(orderConfig(shell).databaseUrl).to.match(/till_order$/);
    stack.child.kill("SIGINT");
    expect(await stack.ended).to.equal(0);
  });

  it("leaves nothing behind even when it is killed", async () => {
    const stack = run(["postgres"]);
    await stack.prints("# Ctrl-C");
    const folder = folderOf(stack.output());
    const [server] = (await readFile(join(folder, "postgres/cluster/postmaster.pid"), "utf8")).split("\n");
    stack.child.kill("SIGKILL");
    await eventually(() => !existsSync(folder) && !existsSync(`/proc/${server}/cwd`), patience);
  });

  it("says in a line what is missing and continues without it, unless it is required", async () => {
    const bare = { PATH: dirname(process.execPath), HOME: process.env["HOME"] };
    const lenient = run(["redis", "kafka", "--observe"], bare);
    await lenient.prints("# Ctrl-C");
    expect(lenient.output()).to.include("continues without redis: redis-server is not on the PATH");
    expect(lenient.output()).to.include("continues without kafka: Java 17 or later is not on the PATH");
    expect(lenient.output()).to.include("continues without prometheus: prometheus is not on the PATH");
    lenient.child.kill("SIGINT");
    expect(await lenient.ended).to.equal(0);

    const strict = run(["redis", "--require", "redis"], bare);
    expect(await strict.ended).to.equal(1);
    expect(strict.output().trim()).to.match(/^stack: cannot start redis: redis-server is not on the PATH.*$/);
  });

  it("observes Till's processes by the rules of deploy/prometheus, and says where Prometheus is", async function () {
    const isRequired = process.env["TILL_REQUIRE"]?.split(",").includes("prometheus") ?? false;
    const missing = await whatIsMissing("prometheus", () => {});
    expect(isRequired && missing, "TILL_REQUIRE names prometheus").to.not.be.a("string");
    if (missing !== undefined) this.skip();
    const port = await metricsPort();
    const metrics = createServer((_, response) => response.end("orders 7\n")).listen(port, "127.0.0.1");
    const offset = { TILL_PORT_OFFSET: `${port - defaultPorts({}).orderMetrics}` };
    const stack = run(["postgres", "--observe"], { ...process.env, ...offset });
    try {
      await stack.prints("# Ctrl-C");
      const url = /^# Prometheus: (http:\S+),/m.exec(stack.output())?.[1];
      const prometheus = async (path: string) =>
        (await fetch(`${url}/api/v1/${path}`)).json() as Promise<Reply>;
      type Reply = { data: { groups: { name: string }[]; result: { value: unknown[] }[] } };
      const { data: rules } = await prometheus("rules");
      expect(rules.groups.map(({ name }) => name)).to.include("till");
      await eventually(async () => {
        const { data: scraped } = await prometheus("query?query=orders");
        expect(scraped.result.map(({ value }) => value[1])).to.deep.equal(["7"]);
      }, patience);
    } finally {
      stack.child.kill("SIGINT");
      expect(await stack.ended).to.equal(0);
      metrics.close();
    }
  });

  it("says that Maven is missing when Kafka's jars have not been fetched yet", async function () {
    if (!process.env["TILL_TEST_KAFKA_BROKERS"]) this.skip(); // there is no Java either
    const cache = await mkdtemp(join(tmpdir(), "till-cache-"));
    const bin = join(cache, "bin");
    await mkdir(bin);
    await symlink(onPath("java"), join(bin, "java"));
    const stack = run(["kafka", "--require", "kafka"], { PATH: bin, XDG_CACHE_HOME: cache });
    expect(await stack.ended).to.equal(1);
    expect(stack.output()).to.include("mvn, which fetches Kafka's jars, is not on the PATH");
    await rm(cache, { recursive: true });
  });
});

/** Runs the command as a user would, and collects what it says. */
function run(args: readonly string[], env: NodeJS.ProcessEnv = process.env) {
  const child = spawn(process.execPath, [main, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (printed += String(data)));
  const output = () => printed;
  return {
    child,
    output,
    prints: (text: string) => eventually(() => expect(printed).to.include(text), patience),
    ended: once(child, "close").then(([code]) => code as number | null),
  };
}

/** A free port that the order service's metrics have under some TILL_PORT_OFFSET. */
async function metricsPort(): Promise<number> {
  const port = await freePort();
  return port - defaultPorts({}).orderMetrics <= 15_000 ? port : metricsPort();
}

function folderOf(output: string): string {
  const folder = /\/var\/tmp\/till-stack-\w+/.exec(output)?.[0];
  if (folder === undefined) throw new Error(`no folder is named in ${output}`);
  return folder;
}

function onPath(command: string): string {
  const places = (process.env["PATH"] ?? "").split(delimiter).map((folder) => join(folder, command));
  const found = places.find(existsSync);
  if (found === undefined) throw new Error(`${command} is not on the PATH`);
  return found;
}
