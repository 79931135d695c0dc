import { writeFileSync } from "node:fs";
import { rulesJsonSchema } from "../../agent-host/config/rules-schema.ts";

// `npm run rules-schema` writes what editors check rules files by. A test compares it with the schemas.
writeFileSync("media/rules.schema.json", `${JSON.stringify(rulesJsonSchema(), null, 2)}\n`);
