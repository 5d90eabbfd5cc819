import { restoreManifest } from "./workspace-manifest.ts";

/** After `npm pack`: the manifest is the workspace's again. */
await restoreManifest();
