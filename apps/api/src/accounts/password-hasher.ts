import { hash, verify } from '@node-rs/argon2';
import type { PasswordHasher } from '@polyreel/core';

/** Memory in KiB and passes, as OWASP has them for argon2id (the library's default kind). */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

export const argon2Hasher: PasswordHasher = {
  hash: (password) => hash(password, cost),
  verify: (hashed, password) => verify(hashed, password),
};
