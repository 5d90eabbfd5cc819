import { render } from "preact";
import { App } from "./shell/app.tsx";
import { followLinks } from "./shell/router.ts";

followLinks();
render(<App />, document.body);
