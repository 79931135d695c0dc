// What needs the schemas, the sockets or a view: built into a file of its own, read when something first needs
// it, so that starting the editor pays for none of it.
export { Workspaces } from "./host/workspaces.ts";
export { keyCraft } from "./inbox/key-craft.ts";
export { EditorSide } from "./models/editor-side.ts";
export { ReviewPanel } from "./panels/review-panel.ts";
export { TaskPanel } from "./panels/task-panel.ts";
export { TeamView } from "./views/team-view.ts";
