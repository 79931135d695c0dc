import { reviewWords } from "../agent-host/protocol/review-words.ts";
import { teamWords } from "../agent-host/protocol/team-words.ts";
import { handleKeys } from "./keyboard.ts";
import "./base.css";
import "./review.css";
import { connectReview } from "./review-bridge.ts";
import { ReviewPage } from "./review-view.ts";

const root = document.getElementById("review");
if (root !== null) {
  const given = JSON.parse(root.dataset.words ?? "{}");
  const speech = {
    words: { ...reviewWords, ...given },
    teamWords: { ...teamWords, ...given },
    locale: root.dataset.locale ?? "en",
  };
  const page = new ReviewPage(
    root,
    speech,
    connectReview((message) => page.receive(message)),
  );
  handleKeys(root);
  page.begin();
}
