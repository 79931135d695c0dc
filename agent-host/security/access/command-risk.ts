import type { Risk } from "../../protocol/decision-terms.ts";
import { programName } from "./argument-rules.ts";

/** What speaks for more than medium risk. */
export interface CommandRisk {
  readonly risk: Risk;
  readonly rule: string;
  readonly reason: string;
}

interface RiskyKind {
  readonly rule: string;
  readonly reason: string;
  readonly programs: ReadonlySet<string>;
}

const kinds: readonly RiskyKind[] = [
  kind(
    "command.privileged",
    "It asks for more rights",
    "sudo su doas pkexec runas chroot unshare nsenter bwrap setpriv",
  ),
  kind(
    "command.wrapper",
    "It starts other commands",
    "env xargs parallel nohup setsid timeout nice ionice stdbuf watch script expect time strace ltrace gdb entr " +
      "flock start-stop-daemon systemd-run at batch crontab screen tmux dbus-run-session socat busybox toybox",
  ),
  kind(
    "command.network",
    "It reaches out",
    "curl wget nc ncat netcat ssh scp sftp rsync ftp tftp telnet ping dig nslookup host http https xh aria2c gh glab hub " +
      "aws gcloud az kubectl helm terraform docker podman nerdctl buildah skopeo vercel netlify heroku fly flyctl " +
      "psql mysql mongosh redis-cli openssl gpg ssh-keygen ssh-add ssh-agent lynx w3m",
  ),
  kind(
    "command.install",
    "It fetches and runs code of others",
    "npx pnpx bunx pip pip3 pipx uv uvx poetry conda mamba gem bundle bundler composer apt apt-get dnf yum apk pacman " +
      "zypper brew port snap flatpak choco winget scoop nix nix-env corepack volta nvm rustup",
  ),
];

const shells: ReadonlySet<string> = new Set(
  "sh bash zsh dash ksh mksh fish csh tcsh ash pwsh powershell cmd".split(" "),
);

/** Programs whose arguments may be a program. */
const inlineCode: Readonly<Record<string, RegExp>> = {
  node: /^(-[a-z]*[ep]|--eval|--print)/,
  bun: /^(-[a-z]*[ep]|--eval|--print|x$)/,
  deno: /^eval$/,
  python: /^-[a-zA-Z]*c/,
  python3: /^-[a-zA-Z]*c/,
  perl: /^-[a-zA-Z]*[eE]/,
  ruby: /^-[a-zA-Z]*e/,
  php: /^-[a-zA-Z]*[rBRE]/,
  lua: /^-[a-z]*e/,
  rscript: /^-e/,
  osascript: /^-e/,
  awk: /./,
  gawk: /./,
  mawk: /./,
  vim: /./,
  vi: /./,
  ex: /./,
  ed: /./,
  emacs: /./,
  m4: /./,
  find: /^-(exec|execdir|ok|okdir|delete)$/,
  fd: /^(-[a-zA-Z]*[xX]|--exec)/,
};

/** Subcommands that fetch, run or publish. */
const riskySubcommands: Readonly<Record<string, RegExp>> = {
  npm: /^(i|in|ins|inst|install|ci|add|x|exec|init|create|publish|unpublish|link|ln|update|up|upgrade|rebuild|rb|audit|login|adduser|token|config|c|set|install-test|it|install-ci-test|cit|explore|edit|pkg)$/,
  pnpm: /^(i|install|add|dlx|exec|create|publish|link|update|up|import|rebuild|rb|config|env|self-update)$/,
  yarn: /^(install|add|dlx|exec|create|publish|link|up|upgrade|global|config|node|set|plugin)$/,
  bun: /^(i|install|add|x|create|publish|link|update|upgrade)$/,
  deno: /^(install|add|publish|upgrade)$/,
  cargo: /^(install|publish|login|add|update|fetch|owner|yank)$/,
  go: /^(get|install|mod|generate|run|env|work)$/,
  dotnet: /^(add|restore|nuget|tool|new|publish)$/,
  git: /^(push|pull|fetch|clone|remote|submodule|config|ls-remote|send-email|daemon|bisect|rebase|filter-branch|credential.*|archive|hook|maintenance|am|-c|-C|--.*)$/,
};

/** How a command that was not allowed outright is to be looked at. */
export function riskOf(argv: readonly string[], { isSandboxed }: { isSandboxed: boolean }): CommandRisk {
  const [program = "", ...args] = argv;
  const name = programName(program);
  const found = kinds.find(({ programs }) => programs.has(name));
  if (found !== undefined) return { risk: "high", rule: found.rule, reason: found.reason };
  if (shells.has(name) || args.some((argument) => inlineCode[name]?.test(argument))) {
    return { risk: "high", rule: "command.inlineCode", reason: "It runs code that stands in the command" };
  }
  const first = args.find((argument) => !argument.startsWith("-")) ?? "";
  if ([args[0] ?? "", first].some((word) => riskySubcommands[name]?.test(word))) {
    return {
      risk: "high",
      rule: "command.install",
      reason: "It fetches, publishes or changes how programs run",
    };
  }
  if (!isSandboxed) {
    return {
      risk: "high",
      rule: "command.unsandboxed",
      reason: "Nothing keeps it from the rest of the machine",
    };
  }
  return { risk: "medium", rule: "command.unknown", reason: "It is not among the commands of the scope" };
}

/** Whether a command may lead to this program itself, which decides over commands. */
export function callsOurselves(argv: readonly string[]): boolean {
  return argv.some((argument) => ourselves.test(argument));
}

const ourselves = /(^|[\s/\\;&|'"`(=])agent-team(\.(js|mjs|cmd|ps1|exe))?($|[\s;&|'"`)<>@])/i;

function kind(rule: string, reason: string, programs: string): RiskyKind {
  return { rule, reason, programs: new Set(programs.split(" ")) };
}
