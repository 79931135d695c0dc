import { visibleLines } from "../../agent-host/protocol/visible.ts";

/** Most characters of text under way that stand in the page; the oldest go first. */
const maxCharacters = 60_000;

export interface LiveWords {
  /** Who writes. */
  readonly agent: string;
  readonly output: string;
  readonly leftOut: string;
}

interface Section {
  readonly source: "model" | "command";
  readonly part: number;
  readonly element: HTMLElement;
  readonly text: HTMLElement;
  size: number;
  ownLine: boolean;
}

/**
 * Text as it comes, after the last message. It goes into the page at once, not with the next frame, and is taken away
 * when the message that it became is there. Not read aloud: a screen reader hears the finished message.
 */
export class LiveText {
  readonly element: HTMLElement;
  private readonly words: LiveWords;
  private sections: Section[] = [];
  private settledPart = -1;

  constructor(words: LiveWords) {
    this.words = words;
    this.element = document.createElement("div");
    this.element.className = "live";
    this.element.setAttribute("aria-live", "off");
  }

  get isEmpty(): boolean {
    return this.sections.length === 0;
  }

  append({ source, text, part }: { source: "model" | "command"; text: string; part: number }): void {
    if (part <= this.settledPart) return;
    const section = this.section(source, part);
    const shown = visibleLines(plain(text));
    section.text.append(shown);
    section.size += shown.length;
    this.shorten(section);
  }

  /** Everything up to this part stands among the messages now. */
  settle(part: number): void {
    this.settledPart = Math.max(this.settledPart, part);
    for (const { element } of this.sections.filter((each) => each.part <= part)) element.remove();
    this.sections = this.sections.filter((each) => each.part > part);
  }

  private section(source: Section["source"], part: number): Section {
    const last = this.sections.at(-1);
    if (last?.source === source && last.part === part) return last;
    const element = document.createElement("section");
    element.className = `message under-way ${source}`;
    const head = document.createElement("p");
    head.className = "muted small";
    head.textContent = source === "model" ? this.words.agent : this.words.output;
    const text = document.createElement(source === "model" ? "div" : "pre");
    text.className = "text";
    element.append(head, text);
    this.element.append(element);
    const section: Section = { source, part, element, text, size: 0, ownLine: false };
    this.sections.push(section);
    return section;
  }

  private shorten(section: Section): void {
    const { text } = section;
    while (section.size > maxCharacters && text.childNodes.length > 1) {
      const oldest = text.firstChild;
      section.size -= oldest?.nodeValue?.length ?? 0;
      oldest?.remove();
      if (section.ownLine) continue;
      section.ownLine = true;
      const note = document.createElement("p");
      note.className = "muted small";
      note.textContent = this.words.leftOut;
      text.before(note);
    }
  }
}

// Colours and cursor moves of a terminal; a carriage return alone writes a line anew.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
const terminalCodes = /\u001b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g;

function plain(text: string): string {
  return text.replace(terminalCodes, "").replace(/\r\n?/g, "\n");
}
