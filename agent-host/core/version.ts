// The build puts the package's version here; unbundled sources have none.
declare const AGENT_TEAM_VERSION: string | undefined;

/** Version of this program, as in package.json. */
export const version: string = typeof AGENT_TEAM_VERSION === "string" ? AGENT_TEAM_VERSION : "0.0.0-dev";
