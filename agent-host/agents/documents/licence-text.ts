const licences: readonly { id: string; words: RegExp }[] = [
  { id: "AGPL-3.0", words: /GNU AFFERO GENERAL PUBLIC LICENSE/i },
  { id: "LGPL-3.0", words: /GNU LESSER GENERAL PUBLIC LICENSE\s+Version 3/i },
  { id: "LGPL-2.1", words: /GNU LESSER GENERAL PUBLIC LICENSE\s+Version 2\.1/i },
  { id: "GPL-3.0", words: /GNU GENERAL PUBLIC LICENSE\s+Version 3/i },
  { id: "GPL-2.0", words: /GNU GENERAL PUBLIC LICENSE\s+Version 2/i },
  { id: "Apache-2.0", words: /Apache License,?\s+Version 2\.0/i },
  { id: "MPL-2.0", words: /Mozilla Public License,?\s+(?:Version|v\.?)\s*2\.0/i },
  { id: "BSL-1.0", words: /Boost Software License/i },
  { id: "BUSL-1.1", words: /Business Source License 1\.1/i },
  { id: "Unlicense", words: /This is free and unencumbered software released into the public domain/i },
  { id: "CC0-1.0", words: /CC0 1\.0 Universal/i },
  {
    id: "BSD-3-Clause",
    words: /Redistribution and use in source and binary forms[\s\S]{0,2500}Neither the name|BSD 3-Clause/i,
  },
  { id: "BSD-2-Clause", words: /Redistribution and use in source and binary forms|BSD 2-Clause/i },
  {
    id: "ISC",
    words:
      /Permission to use, copy, modify, and\/?(?:or)? distribute this software for any\s+purpose with or without fee is hereby granted/i,
  },
  {
    id: "MIT",
    words: /Permission is hereby granted, free of charge, to any person obtaining a copy|\bMIT License\b/i,
  },
];

/** The SPDX id of a licence's text, without `-only` or `-or-later`; undefined if it is not one of the usual. */
export function licenceOf(text: string): string | undefined {
  const head = text.slice(0, 20_000);
  return licences.find((licence) => licence.words.test(head))?.id;
}
