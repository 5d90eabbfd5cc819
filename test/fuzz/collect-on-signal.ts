import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Loaded before a service: SIGUSR2 collects all garbage, so that what is left is in use. */
setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;
process.on("SIGUSR2", () => collect());
