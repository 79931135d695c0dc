import { BaseAnthropic, type ClientOptions } from "@anthropic-ai/sdk/client";
import { Messages } from "@anthropic-ai/sdk/resources/messages";

// A module of its own, imported when the first call is made: loading it takes longer than starting a host does.

/**
 * The SDK's client with the one resource that is used: the usual one makes some hundred others whenever it is made.
 * Keys are none of its business (see `endpoint-headers.ts`), so it neither wants nor seeks one.
 */
export class MessagesClient extends BaseAnthropic {
  readonly messages: Messages;

  constructor(options: ClientOptions) {
    super(options);
    this.messages = new Messages(this);
  }

  protected override _shouldResolveDefaultCredentials(): boolean {
    return false;
  }

  protected override async authHeaders(): Promise<undefined> {
    return undefined;
  }

  protected override validateHeaders(): void {
    // What is sent stands elsewhere.
  }
}
