import envPaths from "env-paths";

/** `$AGENT_TEAM_HOME` if set and not empty, else the platform's data folder for this program. */
export function stateHome(env: NodeJS.ProcessEnv): string {
  const chosen = env.AGENT_TEAM_HOME;
  return chosen !== undefined && chosen !== "" ? chosen : envPaths("agent-team", { suffix: "" }).data;
}
