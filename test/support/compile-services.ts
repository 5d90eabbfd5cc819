/**
 * Has Node keep the compiled code of what the services' processes load. Tests start hundreds of those and kill most of
 * them: a process that is killed leaves nothing in the compile cache.
 */
await Promise.all([
  import("@till/order"),
  import("@till/payment"),
  import("@till/sandbox"),
  import("@till/webhook"),
  import("@till/gateway"),
]);
