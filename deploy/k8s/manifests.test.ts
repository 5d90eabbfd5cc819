import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { parse, parseAllDocuments } from "yaml";
import { gatewayConfig } from "../../services/gateway/src/config.ts";
import { orderConfig } from "../../services/order/src/config.ts";
import { paymentConfig } from "../../services/payment/src/config.ts";
import { sandboxConfig } from "../../services/sandbox/src/config.ts";
import { webhookConfig } from "../../services/webhook/src/config.ts";
import { watchedSettings } from "../../test/support/watched-settings.ts";

type Env = Record<string, string>;
type Generator = { readonly name: string; readonly literals: readonly string[] };
type Kustomization = {
  readonly configMapGenerator: readonly Generator[];
  readonly secretGenerator?: readonly Generator[];
};
type Container = { readonly image: string };
type Workload = {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly template: { readonly spec: { readonly containers: readonly Container[] } } };
};

const configs = {
  order: orderConfig,
  payment: paymentConfig,
  webhook: webhookConfig,
  gateway: gatewayConfig,
  sandbox: sandboxConfig,
};
/** What the cluster brings. */
const inProduction: Record<string, Env> = {
  payment: { TILL_STRIPE_SECRET_KEY: "sk_test_for_a_test", TILL_STRIPE_WEBHOOK_SECRET: "whsec_for_a_test" },
};
const secrets: Record<string, Record<string, Env>> = {
  production: inProduction,
  "production-tls": inProduction,
};

describe("deploy/k8s", () => {
  const production = ["base", "overlays/production"];
  const layers = {
    trial: ["base", "overlays/trial"],
    production,
    "production-tls": [...production, "components/tls"],
  };
  for (const [name, paths] of Object.entries(layers)) {
    const files = paths.map(kustomization);
    const shared = new Map<string, boolean>();
    for (const [service, config] of Object.entries(configs)) {
      if (service === "sandbox" && name !== "trial") continue;
      it(`gives ${service} settings that it accepts, and none that it does not know, in ${name}`, () => {
        const common = literals(files, "till");
        const own = { ...literals(files, service), ...secrets[name]?.[service] };
        const read = new Set<string>();
        config(watchedSettings({ ...common, ...own }, read));
        expect(Object.keys(own).filter((variable) => !read.has(variable))).to.deep.equal([]);
        for (const variable of Object.keys(common))
          shared.set(variable, shared.get(variable) === true || read.has(variable));
      });
    }
    it(`has no shared setting in ${name} that no service knows`, () => {
      expect([...shared].filter(([, isRead]) => !isRead)).to.deep.equal([]);
    });
  }

  it("runs the servers that compose runs, in the trial", () => {
    const compose = parse(text("../../docker-compose.yml"), { merge: true }) as {
      services: Record<string, { image: string }>;
    };
    const workloads = parseAllDocuments(text("overlays/trial/servers.yaml"))
      .map((document) => document.toJS() as Workload)
      .filter(({ spec }) => "template" in spec);
    expect(workloads).to.have.length(3);
    for (const { metadata, spec } of workloads)
      expect(spec.template.spec.containers[0]?.image).to.equal(compose.services[metadata.name]?.image);
  });
});

function text(path: string): string {
  return readFileSync(join(import.meta.dirname, path), "utf8");
}

function kustomization(path: string): Kustomization {
  return parse(text(`${path}/kustomization.yaml`)) as Kustomization;
}

/** What the maps and secrets of one name hold, those of the overlay over those of the base. */
function literals(files: readonly Kustomization[], name: string): Env {
  const generators = files.flatMap((file) => [...file.configMapGenerator, ...(file.secretGenerator ?? [])]);
  const lines = generators.filter((generator) => generator.name === name).flatMap((one) => one.literals);
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
}
