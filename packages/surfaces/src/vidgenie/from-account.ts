import type { ApiKeyRow, UserAccount } from '@polyreel/core';

const timeOf = (date: Date | null): string | null => date?.toISOString() ?? null;

export const toAccount = (account: UserAccount) => ({
  id: account.id,
  username: account.username,
  email: account.email,
  status: account.state,
  created_at: timeOf(account.createdAt),
  updated_at: timeOf(account.updatedAt),
  verified_at: timeOf(account.verifiedAt),
});

export const toApiKey = (key: ApiKeyRow) => ({
  id: key.id,
  name: key.name,
  prefix: key.prefix,
  last_four: key.lastFour,
  created_at: timeOf(key.createdAt),
  expires_at: timeOf(key.expiresAt),
  last_used_at: timeOf(key.lastUsedAt),
  revoked_at: timeOf(key.revokedAt),
});
