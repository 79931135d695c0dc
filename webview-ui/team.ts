import { teamWords } from "../agent-host/protocol/team-words.ts";
import { connectBridge } from "./bridge.ts";
import { handleKeys } from "./keyboard.ts";
import "./base.css";
import "./team.css";
import { TeamView } from "./team-view.ts";

const root = document.getElementById("team");
if (root !== null) {
  const words = { ...teamWords, ...JSON.parse(root.dataset.words ?? "{}") };
  const view = new TeamView(root, { words, locale: root.dataset.locale ?? "en" });
  handleKeys(root);
  view.begin(connectBridge((message) => view.receive(message), root.dataset.kept ?? ""));
}
