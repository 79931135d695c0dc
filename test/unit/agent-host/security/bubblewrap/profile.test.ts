import { describe, expect, it } from "vitest";
import {
  hiddenInside,
  type Profile,
  profileArguments,
} from "../../../../../agent-host/security/bubblewrap/profile.ts";

const profile: Profile = {
  folder: "/state/tree/sub",
  writable: "/state/tree",
  hidden: [
    { path: "/state", isFolder: true },
    { path: "/keys/a.pem", isFolder: false },
  ],
  guards: [
    { path: "/state/tree/.git", kind: "present" },
    { path: "/state/tree/.vscode", kind: "made" },
  ],
  needed: ["/usr/bin", "/tmp/node/bin", "/tmp/bin", "/tmp/workspace", "/tmp", "/"],
  roots: ["/tmp", "/run"],
};

/** Where in the arguments this option stands with these values; -1 if nowhere. */
function placeOf(...words: readonly string[]): number {
  return ` ${profileArguments(profile).join(" ")} `.indexOf(` ${words.join(" ")} `);
}

describe("profileArguments", () => {
  it("opens the one folder only after all that lies around it is covered, and closes its guards after it", () => {
    const order = [
      placeOf("--ro-bind", "/", "/"),
      placeOf("--proc", "/proc"),
      placeOf("--ro-bind-try", "/proc/sys", "/proc/sys"),
      placeOf("--tmpfs", "/tmp"),
      placeOf("--ro-bind-try", "/tmp/workspace", "/tmp/workspace"),
      placeOf("--tmpfs", "/state"),
      placeOf("--ro-bind", "/dev/null", "/keys/a.pem"),
      placeOf("--bind", "/state/tree", "/state/tree"),
      placeOf("--ro-bind", "/state/tree/.git", "/state/tree/.git"),
      placeOf("--tmpfs", "/state/tree/.vscode"),
      placeOf("--remount-ro", "/state"),
      placeOf("--remount-ro", "/state/tree/.vscode"),
      placeOf("--cap-drop", "ALL"),
    ];
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(order[0]).toBe(0);
  });

  it("brings back only what is needed below a replaced folder, a program's with its neighbours", () => {
    const args = profileArguments(profile);
    const tried = args.filter((_, at) => args[at - 1] === "--ro-bind-try" && !args[at]?.startsWith("/proc/"));
    expect(tried).toEqual(["/tmp/node", "/tmp/bin", "/tmp/workspace"]);
  });

  it("has exactly one folder that may change", () => {
    expect(profileArguments(profile).filter((argument) => argument === "--bind")).toHaveLength(1);
  });
});

describe("hiddenInside", () => {
  it("tells whether the open folder holds something that must stay hidden", () => {
    expect(hiddenInside(profile)).toBeNull();
    for (const writable of ["/", "/state", "/keys"]) {
      expect(hiddenInside({ ...profile, writable })).not.toBeNull();
    }
  });
});
