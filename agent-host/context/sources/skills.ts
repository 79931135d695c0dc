import { visible, withoutHidden } from "../../protocol/visible.ts";
import type { ContextPart } from "../../team/run-setup.ts";
import { onOneLine } from "../tool-facts.ts";
import { boundedTexts } from "./bounded-texts.ts";
import { frontMatterOf } from "./front-matter.ts";
import { namesInside, readInside } from "./read-inside.ts";

/** Folders of skills in a workspace. Of two with one name the first counts. */
const workspaceFolders = [".agent-team/skills", ".agents/skills", ".claude/skills", ".github/skills"];
const maxSkills = 50;
const maxFolderEntries = 200;
const maxFileBytes = 64 * 1_024;
const maxDescription = 300;
const maxOwnBytes = 12 * 1_024;
const maxOwnEach = 4 * 1_024;

interface Skill {
  readonly name: string;
  readonly description: string;
  readonly path: string;
  readonly text: string;
}

/**
 * The skills of workspace and user. Of the workspace's only what they are for is told: an agent reads the file when it
 * needs it. The user's lie where no tool reads, so their text comes along, shortened.
 */
export async function skillParts(
  { root, home }: { root: string; home: string },
  signal: AbortSignal,
): Promise<ContextPart[]> {
  const known = new Set<string>();
  const ofWorkspace: Skill[] = [];
  for (const folder of workspaceFolders)
    ofWorkspace.push(...(await skillsIn({ root, folder, known }, signal)));
  const own = await skillsIn({ root: home, folder: "skills", known }, signal);
  const parts: ContextPart[] = [];
  if (ofWorkspace.length > 0) {
    const lines = ofWorkspace.map(
      ({ name, description, path }) => `- ${name}: ${description} (read ${path})`,
    );
    parts.push({ kind: "skills", title: "Skills in this repository", text: lines.join("\n") });
  }
  const texts = boundedTexts(own, { maxBytes: maxOwnBytes, maxEach: maxOwnEach });
  own.forEach(({ name, description }, index) => {
    parts.push({
      kind: "skills",
      title: `Skill of the user: ${name}`,
      text: `${description}\n\n${texts[index]}`,
    });
  });
  return parts;
}

async function skillsIn(
  { root, folder, known }: { root: string; folder: string; known: Set<string> },
  signal: AbortSignal,
): Promise<Skill[]> {
  const found: Skill[] = [];
  for (const entry of (await namesInside(root, folder)).slice(0, maxFolderEntries)) {
    signal.throwIfAborted();
    if (known.size >= maxSkills) break;
    const skill = await readSkill(root, `${folder}/${entry}/SKILL.md`, entry);
    if (skill === null || known.has(skill.name)) continue;
    known.add(skill.name);
    found.push(skill);
  }
  return found;
}

async function readSkill(root: string, path: string, entry: string): Promise<Skill | null> {
  const read = await readInside(root, path, maxFileBytes);
  if (typeof read === "string") return null;
  const { values, body } = frontMatterOf(withoutHidden(read.text).text);
  const description = onOneLine(values.get("description") ?? "", maxDescription);
  // Without one nobody could tell when to read it.
  if (description === "") return null;
  return {
    name: visible(onOneLine(values.get("name") || entry, 64)),
    description,
    path: visible(path),
    text: body.trim(),
  };
}
