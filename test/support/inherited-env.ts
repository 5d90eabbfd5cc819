/** What each process that a test starts takes over from the tests': the path, and where Node keeps compiled code. */
export const inheritedEnv = {
  PATH: process.env["PATH"],
  NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"],
};
