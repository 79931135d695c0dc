/** Why a container image's reference does not fix what is used; undefined if it does or can't be told. */
export function imageProblem(reference: string): string | undefined {
  if (reference === "" || /[$`{]/.test(reference) || reference.includes("@sha256:")) return undefined;
  const name = reference.slice(reference.lastIndexOf("/") + 1);
  const tag = name.split(":")[1];
  if (tag === undefined) return "has no tag";
  return tag === "latest" ? "has the tag latest" : undefined;
}
