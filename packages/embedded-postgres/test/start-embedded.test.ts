import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect } from "chai";
import pg from "pg";
import { type Embedded, startEmbedded } from "../src/start-embedded.ts";
import { freePort } from "../src/free-port.ts";

describe("the embedded Postgres", function () {
  this.timeout(60_000);
  let folder: string;
  let dataDir: string;
  let running: Embedded | undefined;

  before(async () => {
    folder = await mkdtemp("/var/tmp/till-embedded-test-");
    await chmod(folder, 0o755); // as root, the server's own user has to get in
    dataDir = join(folder, "postgres");
  });
  afterEach(async () => {
    await running?.stop();
    running = undefined;
  });
  after(() => rm(folder, { recursive: true, force: true }));

  async function start(overrides: Partial<Parameters<typeof startEmbedded>[0]> = {}): Promise<Embedded> {
    running = await startEmbedded({ dataDir, port: 0, databases: ["till_order"], ...overrides });
    return running;
  }

  it("keeps commits durable and speaks UTF8, to this machine alone", async () => {
    const { url } = await start();
    expect(await setting(url("till_order"), "fsync")).to.equal("on");
    expect(await setting(url("till_order"), "synchronous_commit")).to.equal("on");
    expect(await setting(url("till_order"), "server_encoding")).to.equal("UTF8");
    expect(await setting(url("till_order"), "listen_addresses")).to.equal("127.0.0.1");
    expect(await setting(url("till_order"), "unix_socket_directories")).to.equal("");
  });

  it("rejects a connection without the password, which only its user can read", async () => {
    const { url, dataDir } = await start();
    const guess = url("till_order").replace(/:[^:@]+@/, ":guess@");
    expect(await errorMessage(setting(guess, "fsync"))).to.match(/password authentication failed/);
    expect((await stat(join(dataDir, "password"))).mode & 0o777).to.equal(0o600);
  });

  it("keeps its data over a restart and creates only the databases that are missing", async () => {
    await remember((await start()).url("till_order"), "kept");
    await running?.stop();
    const { url } = await start({ databases: ["till_order", "till-payment"] });
    expect(await remembered(url("till_order"))).to.equal("kept");
    expect(await setting(url("till-payment"), "server_encoding")).to.equal("UTF8");
  });

  it("recovers what was committed when the server was killed", async () => {
    const first = await start();
    await remember(first.url("till_order"), "committed");
    await killServer(first.dataDir);
    await first.stop();
    expect(await remembered((await start()).url("till_order"))).to.equal("committed");
  });

  it("starts although a process of the killed server is still busy", async () => {
    const first = await start();
    const busy = new pg.Client({ connectionString: first.url("till_order") });
    busy.on("error", () => {});
    await busy.connect();
    const lost = errorMessage(busy.query("select count(*) from generate_series(1, 5000000)"));
    await killServer(first.dataDir);
    await first.stop();
    expect(await remembered((await start()).url("till_order"))).to.equal("committed");
    await lost;
  });

  it("takes over from a process that was killed and left the server running", async () => {
    const script = `
      import { startEmbedded } from ${JSON.stringify(join(import.meta.dirname, "../src/start-embedded.ts"))};
      await startEmbedded({ dataDir: ${JSON.stringify(dataDir)}, port: 0, databases: [] });
      console.log("ready");
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    expect(await errorMessage(start())).to.include(`is in use by process ${child.pid}`);
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(await remembered((await start()).url("till_order"))).to.equal("committed");
  });

  it("does not take another program's process for its server", async () => {
    const { dataDir, stop } = await start();
    await stop();
    await writeFile(join(dataDir, "cluster", "postmaster.pid"), `${process.pid}\n`);
    expect(await remembered((await start()).url("till_order"))).to.equal("committed");
  });

  it("begins anew when creating the data directory was cut short", async () => {
    await mkdir(join(folder, "cut-short", "cluster.new"), { recursive: true });
    await writeFile(join(folder, "cut-short", "cluster.new", "PG_VERSION"), "18\n");
    const { url } = await start({ dataDir: join(folder, "cut-short") });
    expect(await setting(url("till_order"), "fsync")).to.equal("on");
  });

  it("names the port when it is already taken", async () => {
    const port = await freePort(); // another process may take a port from listen(0) as soon as it is free
    const other = createServer().listen(port, "127.0.0.1");
    await once(other, "listening");
    expect(await errorMessage(start({ port }))).to.equal(
      `port ${port} on 127.0.0.1 is already taken, Postgres cannot listen on it`,
    );
    other.close();
    expect((await start({ port })).port).to.equal(port);
  });

  it("leaves a folder alone that holds other files", async () => {
    const documents = join(folder, "documents");
    await mkdir(documents);
    await writeFile(join(documents, "thesis.tex"), "");
    expect(await errorMessage(start({ dataDir: documents }))).to.include("holds other files (thesis.tex)");
    expect((await stat(documents)).uid).to.equal(process.getuid?.());
  });

  it("keeps the data elsewhere, and says so, when its user cannot reach the folder", async function () {
    if (process.getuid?.() !== 0) this.skip(); // only root runs the server as another user
    const closed = join(folder, "closed");
    await mkdir(closed, { mode: 0o700 });
    const lines: string[] = [];
    const { dataDir: real, url } = await start({
      dataDir: join(closed, "postgres"),
      log: (line) => lines.push(line),
    });
    expect(real).to.match(/^\/var\/tmp\/till-[0-9a-f]{12}$/);
    expect(lines.filter((line) => line.includes(real))).to.have.lengthOf(2);
    expect(await setting(url("till_order"), "fsync")).to.equal("on");
    await running?.stop();
    await rm(real, { recursive: true });
  });
});

async function query(url: string, text: string, values: unknown[] = []): Promise<Record<string, string>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, string>>(text, values)).rows;
  } finally {
    await client.end();
  }
}

async function setting(url: string, name: string): Promise<string | undefined> {
  return (await query(url, "select current_setting($1) as value", [name]))[0]?.["value"];
}

async function remember(url: string, text: string): Promise<void> {
  await query(url, "create table if not exists memory (text text)");
  await query(url, "delete from memory");
  await query(url, "insert into memory values ($1)", [text]);
}

async function remembered(url: string): Promise<string | undefined> {
  return (await query(url, "select text from memory"))[0]?.["text"];
}

async function killServer(dataDir: string): Promise<void> {
  const [pid] = (await readFile(join(dataDir, "cluster", "postmaster.pid"), "utf8")).split("\n");
  process.kill(Number(pid), "SIGKILL");
}

async function errorMessage(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "no failure",
    (error: Error) => error.message,
  );
}
