import type { Criterion } from "../../agent-host/protocol/phase.ts";
import type { Translate } from "./tree-row.ts";

/** What a criterion asks, in words of the program. */
export function criterionText(criterion: Criterion, t: Translate): string {
  switch (criterion.kind) {
    case "tasksCompleted":
      return t("All tasks completed");
    case "artifactExists":
      return criterion.artifact === "report" ? t("Report written") : t("Written: {0}", criterion.artifact);
    case "commandPasses":
      return t("Command passes: {0}", criterion.command);
    case "findingsAtMost":
      return t("At most {0} findings of severity {1} or graver", criterion.max, criterion.severity);
    case "diffWithinScope":
      return t("Changes stay in scope");
    case "budgetWithin":
      return t("Budget holds");
    case "protectedUnchanged":
      return t("Protected files unchanged");
    case "humanApproval":
      return t("Approved by a person, role {0}", criterion.role);
  }
}
