/** True for values that stand for a value: words people write when they mean "put yours here". */
export function isPlaceholder(value: string): boolean {
  return (
    words.test(value) ||
    /^(.)\1+$/.test(value) ||
    /(.)\1{5}/.test(value) ||
    /^(?:<.*>|\{.*\}|\[.*\]|%.*%|__.*__|\$.*)$/.test(value)
  );
}

const words =
  /example|sample|dummy|fake|mock|placeholder|change[-_]?(?:me|it|this)|your|^my[-_]|x{3}|todo|foo|bar\b|baz|secret|passw|passphrase|pa55|p@ss|^pass$|^pwd|token|default|insert|replace|redacted|hidden|\*{3}|\.{3}|1234|4321|abcd|qwert|asdf|letmein|^admin|^root|^guest|^user|^test|testing|postgres|mysql|mongo|rabbit|redis|undefined|null|^none$|^true$|^false$|lorem|hello|hunter2|correcthorse|s3cr3t|sekret|swordfish|dont[-_]?use|not[-_]?(?:a|the|real|used|so)|unsafe|insecure|local|develop|super[-_]|some[-_]|key[-_]?here|any[-_]?string|random|string|value|encrypted/i;
