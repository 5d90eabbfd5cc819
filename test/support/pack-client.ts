import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const root = join(import.meta.dirname, "../..");

/**
 * Packs the client by `npm pack` into a folder and returns the tarball's path. It does so in a copy of the packages, as
 * packing puts another manifest into place for a moment.
 */
export async function packClient(into: string): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), "till-pack-"));
  try {
    for (const name of ["packages", "tsconfig.json", "LICENSE"])
      await cp(join(root, name), join(copy, name), { recursive: true });
    await linkModules(copy);
    await promisify(execFile)("npm", ["pack", "--pack-destination", into], {
      cwd: join(copy, "packages/client"),
    });
    const [tarball = ""] = (await readdir(into)).filter((name) => name.endsWith(".tgz"));
    return join(into, tarball);
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

/** The dependencies of this repository, with the copies of its packages. */
async function linkModules(copy: string): Promise<void> {
  const modules = join(copy, "node_modules");
  await mkdir(join(modules, "@till"), { recursive: true });
  for (const name of await readdir(join(root, "node_modules")))
    if (name !== "@till") await symlink(join(root, "node_modules", name), join(modules, name));
  for (const name of await readdir(join(copy, "packages")))
    await symlink(join(copy, "packages", name), join(modules, "@till", name));
}
