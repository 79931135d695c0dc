import { taskWords } from "../../agent-host/protocol/task-words.ts";
import { teamWords } from "../../agent-host/protocol/team-words.ts";
import { handleKeys } from "../keyboard.ts";
import "../base.css";
import "./task.css";
import { connectTask } from "./task-bridge.ts";
import { TaskPage } from "./task-page.ts";

const root = document.getElementById("task");
if (root !== null) {
  const given = JSON.parse(root.dataset.words ?? "{}");
  const page = new TaskPage(root, {
    words: { ...taskWords, ...given },
    teamWords: { ...teamWords, ...given },
    locale: root.dataset.locale ?? "en",
  });
  handleKeys(root);
  page.begin(connectTask((message) => page.receive(message)));
}
