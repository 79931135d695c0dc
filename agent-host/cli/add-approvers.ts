import { type Command, Option } from "commander";
import { type HumanRole, humanRoleSchema } from "../protocol/phase.ts";
import type { CommandFrame } from "./command-frame.ts";

/** `agent-team approvers …` */
export function addApprovers(program: Command, { context, finish, globals }: CommandFrame): void {
  const approvers = program.command("approvers").description("keys whose signatures count in this workspace");
  approvers
    .command("list")
    .description("list who may decide, and with which role")
    .action(async () => {
      const { listApproversCommand } = await import("./approvers.ts");
      finish(await listApproversCommand(globals(), context));
    });
  approvers
    .command("enroll")
    .description("admit a key: the first one as it is, each later one by the signature of a lead or admin")
    .option("--key <file>", "the key to admit, a PEM file; else the one you sign with")
    .option("--new", "make the key file first")
    .option("--identity <name>", "who holds it; else your user name")
    .addOption(
      new Option("--role <role>", "admin for the first key if not given; later ones need it").choices(
        humanRoleSchema.options,
      ),
    )
    .addHelpText("after", help)
    .action(async (options: { key?: string; new?: boolean; identity?: string; role?: HumanRole }) => {
      const { enrollCommand } = await import("./approvers.ts");
      const { new: isNew = false, ...rest } = options;
      finish(await enrollCommand({ ...rest, isNew }, globals(), context));
    });
}

const help = `
Examples:
  agent-team approvers enroll --new
  agent-team approvers enroll --new --key ~/keys/ann.pem --identity ann --role reviewer
`;
