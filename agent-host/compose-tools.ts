import { analysisQueries } from "./analysis/queries/analysis-queries.ts";
import { analysisEnvironment } from "./client/analysis-environment.ts";
import type { WorkspaceLocation } from "./client/workspace-location.ts";
import type { Clock } from "./core/clock.ts";
import type { HostFiles } from "./host/host-files.ts";
import { parseCommandLine } from "./security/access/parse-command-line.ts";
import { pageFetcher } from "./security/network/page-fetcher.ts";
import type { Sandbox } from "./security/sandbox.ts";
import { agentMessages } from "./team/agent-messages.ts";
import type { RunLog } from "./team/run-log.ts";
import { askUserTool } from "./tools/ask-user.ts";
import { type BackgroundCommands, backgroundCommands } from "./tools/background-commands.ts";
import { builtInTools } from "./tools/built-in-tools.ts";
import { messageAgentTool } from "./tools/message-agent.ts";
import type { Tool } from "./tools/tool.ts";

export interface ToolsOptions {
  readonly files: Pick<HostFiles, "analysisUrl">;
  readonly env: NodeJS.ProcessEnv;
  readonly location: Pick<WorkspaceLocation, "home">;
  readonly clock: Clock;
}

/** Tools of one run, and the commands they left running. */
export interface RunTools {
  readonly tools: readonly Tool[];
  readonly background: BackgroundCommands;
}

/** Makes the tools of runs: what they reach is shared, what they start belongs to a run. */
export function composeTools(options: ToolsOptions): (run: { sandbox: Sandbox; log: RunLog }) => RunTools {
  const { files, clock } = options;
  const queries = analysisQueries({ processUrl: files.analysisUrl, env: analysisEnvironment(options) });
  const fetchPage = pageFetcher();
  return ({ sandbox, log }) => {
    const background = backgroundCommands({ sandbox, clock });
    const runCommand: Sandbox["run"] = (request, signal) => sandbox.run(request, signal);
    const tools = [
      ...builtInTools({ runCommand, background, parseCommandLine, queries, fetchPage, clock }),
      askUserTool as Tool,
      messageAgentTool(agentMessages(log)) as Tool,
    ];
    return { tools, background };
  };
}
