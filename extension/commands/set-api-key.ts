import * as vscode from "vscode";
import { defaultEndpoint, endpointPattern } from "../models/api-keys.ts";
import type { Command } from "./command.ts";

/** Asks for an endpoint and its key, and puts the key into the editor's store of secrets. */
export const setApiKey: Command = async ({ team }) => {
  const title = vscode.l10n.t("Set API Key");
  const endpoint = await vscode.window.showInputBox({
    title,
    value: defaultEndpoint,
    prompt: vscode.l10n.t("Endpoint: anthropic, or its name in config.yaml"),
    ignoreFocusOut: true,
    validateInput: (value) =>
      endpointPattern.test(value.trim())
        ? undefined
        : vscode.l10n.t("Small letters, digits and hyphens, at most 40"),
  });
  if (endpoint === undefined) return;
  const name = endpoint.trim();
  const key = await vscode.window.showInputBox({
    title,
    password: true,
    prompt: vscode.l10n.t("Key for {0}. It is kept in the editor's secret store only.", name),
    ignoreFocusOut: true,
    validateInput: (value) =>
      value.length > maxKeyLength ? vscode.l10n.t("This is too long for a key") : undefined,
  });
  if (key === undefined || key.trim() === "") return;
  await team.apiKeys.set(name, key.trim());
  void vscode.window.showInformationMessage(vscode.l10n.t("The key for {0} is stored.", name));
};

const maxKeyLength = 10_000;
