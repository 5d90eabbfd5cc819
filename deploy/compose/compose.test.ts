import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { parse } from "yaml";
import { gatewayConfig } from "../../services/gateway/src/config.ts";
import { orderConfig } from "../../services/order/src/config.ts";
import { paymentConfig } from "../../services/payment/src/config.ts";
import { webhookConfig } from "../../services/webhook/src/config.ts";
import { sandboxConfig } from "../../services/sandbox/src/config.ts";
import { watchedSettings } from "../../test/support/watched-settings.ts";

type Env = Record<string, string>;
type Compose = { readonly services: Readonly<Record<string, { image: string; environment: Env }>> };

const root = join(import.meta.dirname, "..", "..");
const text = readFileSync(join(root, "docker-compose.yml"), "utf8");
const { services } = parse(text, { merge: true }) as Compose;

describe("docker-compose.yml", () => {
  const configs = {
    order: orderConfig,
    "order-2": orderConfig,
    payment: paymentConfig,
    gateway: gatewayConfig,
    webhook: webhookConfig,
    sandbox: sandboxConfig,
  };
  for (const [name, config] of Object.entries(configs)) {
    it(`gives ${name} settings that it accepts, and none that it does not know`, () => {
      const given = withDefaults(services[name]?.environment ?? {});
      const read = new Set<string>();
      config(watchedSettings(given, read));
      expect(Object.keys(given).filter((variable) => !read.has(variable))).to.deep.equal([]);
    });
  }

  it("runs the Kafka that the tests run", () => {
    const pom = readFileSync(join(root, "deploy/local/pom.xml"), "utf8");
    const version = /<version>(.+?)<\/version>/.exec(pom)?.[1];
    expect(services["kafka"]?.image).to.equal(`apache/kafka:${version}`);
  });

  it("runs the Node that the tests run", () => {
    const { devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      devDependencies: { node: string };
    };
    const dockerfile = readFileSync(join(root, "deploy/Dockerfile"), "utf8");
    expect(dockerfile).to.include(`FROM node:${devDependencies.node}-slim\n`);
  });
});

/** ${NAME:-default} as Compose reads it where NAME is not set. */
function withDefaults(env: Env): Env {
  const entries = Object.entries(env).map(([name, value]) => {
    return [name, value.replaceAll(/\$\{\w+:-([^}]*)\}/g, "$1")] as const;
  });
  return Object.fromEntries(entries);
}
