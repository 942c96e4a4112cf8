import { dirname, join } from "node:path";

/** This folder, in a test as in a bundle that lies elsewhere. */
export const TOOLS_FOLDER = join(dirname(require.resolve("drover/package.json")), "e2e/tools");
