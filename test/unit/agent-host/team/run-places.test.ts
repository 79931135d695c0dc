import { expect, it } from "vitest";
import { RunPlaces } from "../../../../agent-host/team/run-places.ts";

it("counts those that are about to begin", async () => {
  let live = 0;
  const places = new RunPlaces(2, () => live);
  const begin = async (): Promise<void> => {
    await Promise.resolve();
    live += 1;
  };
  const all = await Promise.allSettled([places.take(begin), places.take(begin), places.take(begin)]);
  expect(all.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected"]);
  await expect(places.take(begin)).rejects.toMatchObject({ code: "run.tooMany" });
  live = 1;
  await places.take(begin);
  expect(live).toBe(2);
});

it("gives the place back when a run could not begin", async () => {
  const places = new RunPlaces(1, () => 0);
  const fail = async (): Promise<void> => {
    throw new Error("no");
  };
  await expect(places.take(fail)).rejects.toThrow("no");
  await expect(places.take(async () => "begun")).resolves.toBe("begun");
});
