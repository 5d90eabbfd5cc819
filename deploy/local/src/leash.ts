import { spawn } from "node:child_process";

/**
 * Ends the servers and deletes their folder when this process is gone without having done so, kill -9
 * included: a small shell waits for the end of the pipe that only this process holds open.
 */
export function startLeash(folder: string): { readonly release: () => void } {
  const shell = spawn("/bin/sh", ["-c", script, folder], {
    detached: true,
    env: { PATH: "/usr/bin:/bin" },
    stdio: ["pipe", "ignore", "ignore"],
  });
  return { release: () => shell.stdin.end() };
}

/** SIGINT is the orderly and quick end for all three servers. With the folder gone already it finds nothing to do. */
const script = `
cat > /dev/null
pids=$(for file in "$0"/*.pid "$0"/postgres/cluster/postmaster.pid; do
  [ -f "$file" ] && head -n 1 "$file"
done)
[ -z "$pids" ] || kill -INT $pids
for wait in 1 2 3 4 5; do kill -0 $pids && sleep 1; done
[ -z "$pids" ] || kill -KILL $pids
rm -rf "$0"
`;
