import { spawn } from "node:child_process";

/**
 * Starts a shell that stops the servers and deletes their folder if this process ends without doing so, kill -9 included:
 * the shell waits for the end of a pipe that only this process holds open.
 */
export function startParentWatchdog(folder: string): { readonly release: () => void } {
  const shell = spawn("/bin/sh", ["-c", script, folder], {
    detached: true,
    env: { PATH: "/usr/bin:/bin" },
    stdio: ["pipe", "ignore", "ignore"],
  });
  return { release: () => shell.stdin.end() };
}

/** SIGINT stops all three servers cleanly and fast. With the folder deleted there is nothing to do. */
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
