import type { UserAccount } from '@polyreel/core';

export interface UserRecord {
  id: string;
  username: string | null;
  email: string | null;
  role: UserAccount['role'];
  state: UserAccount['state'];
  created_at: Date;
  updated_at: Date;
  verified_at: Date | null;
}

const names = ['id', 'username', 'email', 'role', 'state', 'created_at', 'updated_at', 'verified_at'];
export const userColumns = names.map((name) => `accounts.${name}`).join(', ');

export const toUserAccount = (row: UserRecord): UserAccount => ({
  id: row.id,
  username: row.username,
  email: row.email,
  role: row.role,
  state: row.state,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  verifiedAt: row.verified_at,
});
