import { render } from "preact";
import { App } from "./shell/app.tsx";
import { followKeys } from "./shell/keys.ts";
import { followLinks } from "./shell/router.ts";

followLinks();
followKeys();
render(<App />, document.body);
