/** Whether a file's name says that it holds keys, tokens or passwords. */
export function looksSecret(path: string): boolean {
  const names = path.toLowerCase().split("/");
  const name = names.at(-1) ?? "";
  if (names.some((each) => secretFolders.has(each)) || secretNames.has(name)) return true;
  if (/^\.env(?:\.|$)/.test(name)) return !plainEnvironment.test(name);
  return secretShapes.some((shape) => shape.test(name));
}

/** What tests and examples need holds made-up values by convention. */
const plainEnvironment = /^\.env\.(?:test|testing|ci|example|sample|template|dist|defaults?|schema)$/;

const secretFolders: ReadonlySet<string> = new Set([".ssh", ".gnupg", ".aws", ".azure", ".kube", ".docker"]);

const secretNames: ReadonlySet<string> = new Set([
  ".npmrc",
  ".yarnrc",
  ".yarnrc.yml",
  ".pypirc",
  ".netrc",
  "_netrc",
  ".git-credentials",
  ".pgpass",
  ".my.cnf",
  ".htpasswd",
  ".vault-token",
  "auth.json",
]);

const secretShapes: readonly RegExp[] = [
  /^id_(?:rsa|dsa|ecdsa|ed25519)(?:\.|$)/,
  /\.(?:pem|key|p12|pfx|jks|keystore|kdbx|ppk|gpg|tfstate|tfvars)$/,
  /\.tfstate\.backup$/,
  /^(?:client[-_.])?(?:credentials?|secrets?)(?:\.|$)/,
  /service[-_]account.*\.json$/,
];
