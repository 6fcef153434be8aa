// The words of the interface. One module per language, all of the same shape; today Japanese alone.

export { ja as words } from "./ja.js";
