/** The server's settings, written anew at each start. Commits are durable: fsync and synchronous_commit stay on. */
export function settings(port: number): string {
  return `# Written at each start by packages/postgres/src/embedded/settings.ts
listen_addresses = '127.0.0.1'
port = ${port}
unix_socket_directories = ''
max_connections = 200
shared_buffers = 256MB
timezone = 'UTC'
log_timezone = 'UTC'
# Nothing replicates from here, so the log need hold no more than what recovery reads.
wal_level = minimal
max_wal_senders = 0
wal_buffers = 16MB
# Checkpoints are rare: after each one every touched page goes to the log in full.
max_wal_size = 2GB
checkpoint_timeout = 15min
random_page_cost = 1.1
jit = off
`;
}
