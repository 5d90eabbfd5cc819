import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** The major version a program prints of itself; undefined when it is not on the PATH. */
export async function versionOf(command: string, flag: string): Promise<number | undefined> {
  try {
    const { stdout, stderr } = await promisify(execFile)(command, [flag]);
    return Number(/(\d+)\./.exec(stdout + stderr)?.[1] ?? Number.NaN);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
