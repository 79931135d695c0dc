import { imageProblem } from "./image-reference.ts";
import type { ManifestFile } from "./manifest-file.ts";
import { imageRule } from "./manifest-rules.ts";
import { get, pairs, parseYaml, spanOf, stringOf } from "./yaml-tree.ts";

/** Images of a compose file. One that is built here may have any name. */
export function checkComposeFile(file: ManifestFile): string | undefined {
  const { root, problem } = parseYaml(file.text);
  for (const { key, value: service } of pairs(get(root, "services"))) {
    const node = get(service, "image");
    const image = stringOf(node)?.replaceAll(/\$\{\w+:?-([^}]*)\}/g, "$1");
    if (node === null || image === undefined || get(service, "build") !== null) continue;
    const reason = imageProblem(image);
    if (reason === undefined) continue;
    const severity = file.isAside ? "info" : "warning";
    file.report(imageRule, {
      ...spanOf(node),
      message: `Image ${image.slice(0, 100)} of ${key.slice(0, 60)} ${reason}`,
      severity,
    });
  }
  return problem;
}
