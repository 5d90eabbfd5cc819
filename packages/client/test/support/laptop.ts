import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newUser } from "../../../../test/support/fixtures.ts";
import { inheritedEnv } from "../../../../test/support/inherited-env.ts";
import { startEmbeddedSystem } from "../../../../services/local/test/embedded-system.ts";
import type { Role } from "@till/rpc/server";
import { createTill, type Till } from "../../src/index.ts";

export type Laptop = Awaited<ReturnType<typeof startLaptop>>;
export type TillProcess = ReturnType<Laptop["till"]>;

const bin = join(import.meta.dirname, "../../src/cli/main.ts");

/** What `npm start` starts, and the `till` command in a home of its own, in which no one has logged in. */
export async function startLaptop() {
  await using starting = new AsyncDisposableStack();
  const home = await mkdtemp(join(tmpdir(), "till-laptop-"));
  starting.defer(() => rm(home, { recursive: true, force: true }));
  const system = await startEmbeddedSystem({ TILL_DATA_DIR: join(home, "data") });
  starting.defer(() => system.stop());
  const { orderAddress, paymentAddress, webhookAddress, tokenUrl } = system;
  const sandbox = new URL("/", tokenUrl).href;
  const opened = starting.use(new DisposableStack());
  const running = starting.move();

  return {
    ...system,
    home,
    sandbox,
    /** A client of a caller. */
    as(user = newUser(), role: Role = "user"): Till {
      const token = fetch(`${tokenUrl}?user=${user}&role=${role}`).then((response) => response.text());
      const options = { orderAddress, paymentAddress, webhookAddress, token: () => token };
      return opened.adopt(createTill(options), (till) => till.close());
    },
    /** Starts the command in a process. */
    till(args: readonly string[]) {
      const child = spawn(process.execPath, [bin, ...args], {
        env: {
          ...inheritedEnv,
          XDG_CONFIG_HOME: home,
          ...{ TILL_ORDER_ADDRESS: orderAddress, TILL_PAYMENT_ADDRESS: paymentAddress },
          TILL_WEBHOOK_ADDRESS: webhookAddress,
        },
        stdio: ["ignore", "pipe", "pipe"],
      });
      opened.defer(() => child.kill("SIGKILL"));
      const printed = { out: "", err: "" };
      child.stdout.on("data", (chunk) => (printed.out += String(chunk)));
      child.stderr.on("data", (chunk) => (printed.err += String(chunk)));
      const exited = once(child, "close").then(([code]) => code as number | null);
      return {
        printed,
        exited,
        interrupt(signal: NodeJS.Signals = "SIGINT") {
          child.kill(signal);
          return exited;
        },
      };
    },
    stop: () => running.disposeAsync(),
  };
}
