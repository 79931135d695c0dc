import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { terminalPrompt } from "../../../../agent-host/cli/terminal-prompt.ts";

class FakeTerminal extends PassThrough {
  isRaw = false;
  setRawMode(isRaw: boolean): this {
    this.isRaw = isRaw;
    return this;
  }
}

function terminal(): {
  input: FakeTerminal;
  shown: () => string;
  interrupts: () => number;
  prompt: ReturnType<typeof terminalPrompt>;
} {
  const input = new FakeTerminal();
  const output = new PassThrough();
  let shown = "";
  let interrupts = 0;
  output.on("data", (chunk: Buffer) => {
    shown += chunk.toString();
  });
  const prompt = terminalPrompt(
    () => input as never,
    output,
    () => {
      interrupts += 1;
    },
  );
  return { input, shown: () => shown, interrupts: () => interrupts, prompt };
}

const signal = new AbortController().signal;

describe("the terminal's prompt", () => {
  it("gives back the line that was typed", async () => {
    const { input, shown, prompt } = terminal();
    const answer = prompt.ask("Sure? ", signal);
    input.write("yes\r");
    expect(await answer).toBe("yes");
    expect(shown()).toContain("Sure? ");
  });

  it("shows nothing of a passphrase, and leaves the terminal as it was", async () => {
    const { input, shown, prompt } = terminal();
    const answer = prompt.askHidden("Passphrase: ", signal);
    expect(input.isRaw).toBe(true);
    input.write("secrex\u007ft\r");
    expect(await answer).toBe("secret");
    expect(shown()).toBe("Passphrase: \n");
    expect(input.isRaw).toBe(false);
  });

  it("passes Ctrl+C on, and ends with the signal", async () => {
    for (const method of ["ask", "askHidden"] as const) {
      const { input, interrupts, prompt } = terminal();
      const stopping = new AbortController();
      const answer = prompt[method]("? ", stopping.signal);
      input.write("\u0003");
      await expect.poll(interrupts).toBe(1);
      stopping.abort(new Error("interrupted"));
      await expect(answer).rejects.toThrow("interrupted");
      expect(input.isRaw).toBe(false);
    }
  });

  it("takes the end of the input for no answer", async () => {
    for (const method of ["ask", "askHidden"] as const) {
      const { input, prompt } = terminal();
      const answer = prompt[method]("? ", signal);
      input.end();
      await expect(answer).rejects.toMatchObject({ code: "cli.noAnswer" });
    }
  });
});
