import { expect } from "chai";
import { gatewayConfig } from "@till/gateway";
import { orderConfig } from "@till/order";
import { paymentConfig } from "@till/payment";
import { sandboxConfig } from "@till/sandbox";
import { webhookConfig } from "@till/webhook";
import { ConfigError } from "@till/config";
import { localConfig } from "../src/config.ts";

type Env = Readonly<Record<string, string>>;

const production = { NODE_ENV: "production" };
const own = {
  ...production,
  TILL_JWT_ISSUER: "https://id.example.com/",
  DATABASE_URL: "postgres://till:8f0d1c@db.example.com/till",
  TILL_PROVIDER: "stripe",
  TILL_STRIPE_SECRET_KEY: "sk_live_0123456789",
};

/** The variables that a service's settings are not usable for. */
function rejected(config: (env: Env) => unknown, env: Env): string[] {
  try {
    config(env);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map((problem) => problem.replace(/(:| is).*$/, ""));
  }
}

describe("In production", () => {
  const hint = "NODE_ENV";

  it("no service starts without an issuer, a database and a provider of its own, and it says what is missing", () => {
    expect(rejected(orderConfig, production)).to.have.members(["TILL_JWT_ISSUER", "DATABASE_URL", hint]);
    expect(rejected(webhookConfig, production)).to.have.members(["TILL_JWT_ISSUER", "DATABASE_URL", hint]);
    expect(rejected(gatewayConfig, production)).to.have.members(["TILL_JWT_ISSUER", hint]);
    expect(rejected(paymentConfig, production)).to.have.members([
      ...["TILL_JWT_ISSUER", "DATABASE_URL", "TILL_PROVIDER", hint],
    ]);
    for (const config of [orderConfig, paymentConfig, webhookConfig, gatewayConfig])
      expect(rejected(config, own)).to.deep.equal([]);
  });

  it("none starts with a password or a secret that everybody knows, or hands out the sandbox's tokens", () => {
    const known = {
      ...own,
      DATABASE_URL: "postgresql://postgres:till@db/till",
      TILL_PSP_WEBHOOK_SECRET: "till-sandbox-webhooks",
      TILL_ENCRYPTION_KEYS: "mine:dGlsbCBzYW5kYm94IGtleSwgbm90IGEgc2VjcmV0ISE=",
      TILL_SANDBOX_TOKEN_URL: "http://127.0.0.1:8090/token",
    };
    expect(rejected(orderConfig, known)).to.have.members(["DATABASE_URL", hint]);
    expect(rejected(paymentConfig, known)).to.have.members([
      ...["DATABASE_URL", "TILL_PSP_WEBHOOK_SECRET", "TILL_ENCRYPTION_KEYS", hint],
    ]);
    expect(rejected(webhookConfig, known)).to.have.members(["DATABASE_URL", "TILL_ENCRYPTION_KEYS", hint]);
    expect(rejected(gatewayConfig, known)).to.have.members(["TILL_SANDBOX_TOKEN_URL", hint]);
  });

  it("a database may be named by the service's own variable", () => {
    const { DATABASE_URL: url, ...others } = own;
    expect(rejected(orderConfig, { ...others, ORDER_DATABASE_URL: url })).to.deep.equal([]);
    expect(rejected(paymentConfig, { ...others, PAYMENT_DATABASE_URL: url })).to.deep.equal([]);
    expect(rejected(webhookConfig, { ...others, WEBHOOK_DATABASE_URL: url })).to.deep.equal([]);
  });

  it("neither the sandbox nor the embedded system starts", () => {
    expect(rejected(sandboxConfig, production)).to.deep.equal(["TILL_INSECURE", hint]);
    expect(rejected(localConfig, production)).to.deep.equal(["TILL_INSECURE", hint]);
  });

  it("all of it starts with TILL_INSECURE=on; and elsewhere without", () => {
    for (const env of [{ ...production, TILL_INSECURE: "on" }, {}])
      for (const config of [
        orderConfig,
        paymentConfig,
        webhookConfig,
        gatewayConfig,
        sandboxConfig,
        localConfig,
      ])
        expect(rejected(config, env)).to.deep.equal([]);
  });
});
