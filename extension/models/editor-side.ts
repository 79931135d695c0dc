import * as vscode from "vscode";
import type { HostConnection } from "../../agent-host/client/host-connection.ts";
import { messageOf } from "../../agent-host/core/host-error.ts";
import type { ClientMethodParams, ClientMethodResult } from "../../agent-host/protocol/methods.ts";
import { runSettings } from "../commands/run-settings.ts";
import { type ApiKeys, endpointOf } from "./api-keys.ts";
import { callModel, offerOf } from "./lm-call.ts";
import { unsavedAmong } from "./unsaved-paths.ts";

export interface EditorSideOptions {
  readonly keys: ApiKeys;
  readonly secrets: Pick<vscode.SecretStorage, "onDidChange">;
  readonly modelAccess: Pick<vscode.LanguageModelAccessInformation, "canSendRequest">;
  readonly log: vscode.LogOutputChannel;
}

/** A folder as the editor names it, and without links. */
export interface ServedFolder {
  readonly name: string;
  readonly path: string;
  readonly realPath: string;
}

const offerLimitMs = 10_000;
/** How long a connection waits for the editor's models where runs ask them. */
const modelsLimitMs = 5_000;

/** What this window does for its hosts: says what is unsaved, lends its models, brings its keys. */
export class EditorSide implements vscode.Disposable {
  private readonly options: EditorSideOptions;
  private readonly connections = new Set<HostConnection>();
  private readonly subscriptions: vscode.Disposable[];
  /** Of the last look; asked again when the editor says that they changed. */
  private models: Promise<readonly vscode.LanguageModelChat[]> | null = null;

  constructor(options: EditorSideOptions) {
    this.options = options;
    this.subscriptions = [
      vscode.lm.onDidChangeChatModels(() => this.modelsChanged()),
      options.secrets.onDidChange(({ key }) => this.keyChanged(key)),
    ];
  }

  /**
   * Serves a host from now on, until its connection ends. Resolves when it has the keys, and the models where the
   * person's runs ask them: a run that starts next finds both. Never rejects.
   */
  async attach(connection: HostConnection, folder: ServedFolder): Promise<void> {
    this.connections.add(connection);
    connection.onClose(() => this.connections.delete(connection));
    connection.onRequest("editor/dirty", async ({ paths }) => ({ dirty: unsavedIn(folder, paths) }));
    connection.onRequest("model/answer", (params, signal) => this.answer(connection, params, signal));
    const modelsOffered = this.offerModels(connection);
    await this.offerKeys(connection);
    if (runSettings().provider !== "vscode") return;
    await Promise.race([modelsOffered, new Promise((resolve) => setTimeout(resolve, modelsLimitMs))]);
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    this.connections.clear();
  }

  private async answer(
    connection: HostConnection,
    { workspaceId, callId, request }: ClientMethodParams<"model/answer">,
    signal: AbortSignal,
  ): Promise<ClientMethodResult<"model/answer">> {
    const model = (await this.chatModels()).find(({ id }) => id === request.modelId);
    if (model === undefined) {
      return { code: "model.unknown", problem: `This editor no longer has the model ${request.modelId}` };
    }
    if (this.options.modelAccess.canSendRequest(model) === false) {
      return { code: "model.notAllowed", problem: `This editor does not let Agent Team use ${model.name}` };
    }
    const call = {
      model,
      request,
      justification: vscode.l10n.t("The agents of your run ask it to do their tasks."),
      onText: (text: string) => connection.notify("model/text", { workspaceId, callId, text }),
    };
    return await callModel(call, vscode, signal);
  }

  private chatModels(): Promise<readonly vscode.LanguageModelChat[]> {
    this.models ??= Promise.resolve(vscode.lm.selectChatModels({}));
    return this.models;
  }

  private modelsChanged(): void {
    this.models = null;
    for (const connection of this.connections) void this.offerModels(connection);
  }

  private async offerModels(connection: HostConnection): Promise<void> {
    const { workspaceId } = connection.host;
    await this.told(async () => {
      const models = offerOf(await this.chatModels());
      const signal = AbortSignal.timeout(offerLimitMs);
      await connection.request("model/offer", { workspaceId, models }, signal);
      if (models.length > 0) this.options.log.info(`Models of the editor offered: ${models.length}`);
    });
  }

  private keyChanged(name: string): void {
    const endpoint = endpointOf(name);
    if (endpoint === null) return;
    for (const connection of this.connections) void this.offerKey(connection, endpoint);
  }

  private async offerKeys(connection: HostConnection): Promise<void> {
    await this.told(async () => {
      for (const endpoint of await this.options.keys.endpoints()) await this.offerKey(connection, endpoint);
    });
  }

  private async offerKey(connection: HostConnection, endpoint: string): Promise<void> {
    const { workspaceId } = connection.host;
    await this.told(async () => {
      const key = await this.options.keys.get(endpoint);
      if (key === null) return;
      await connection.request(
        "secret/offer",
        { workspaceId, endpoint, key },
        AbortSignal.timeout(offerLimitMs),
      );
      this.options.log.info(`The key of ${endpoint} was handed to the host`);
    });
  }

  /** What a window brings is not needed for anything else to work: a failure is for the log. */
  private async told(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      this.options.log.warn(`The host did not take what this window offers: ${messageOf(error)}`);
    }
  }
}

function unsavedIn({ path, realPath }: ServedFolder, paths: readonly string[]): string[] {
  return unsavedAmong(paths, {
    files: unsavedFiles()
      .filter(({ scheme }) => scheme === "file")
      .map(({ fsPath }) => fsPath),
    roots: path === realPath ? [path] : [path, realPath],
    isCaseSensitive: process.platform !== "win32" && process.platform !== "darwin",
  });
}

/** Texts, notebooks, and what custom editors hold, which only their tabs tell. */
function unsavedFiles(): vscode.Uri[] {
  const documents = [...vscode.workspace.textDocuments, ...vscode.workspace.notebookDocuments];
  const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs).filter(({ isDirty }) => isDirty);
  return [
    ...documents.filter(({ isDirty }) => isDirty).map(({ uri }) => uri),
    ...tabs.flatMap(({ input }) => (input instanceof vscode.TabInputCustom ? [input.uri] : [])),
  ];
}
