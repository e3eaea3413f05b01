import type { ComposeMail } from '@polyreel/core';

const hours = (seconds: number): string =>
  seconds >= 7200 ? `${Math.round(seconds / 3600)} hours` : `${Math.max(1, Math.round(seconds / 60))} minutes`;

/** The token stands on a line of its own, for people and for scripts. */
export const verificationMail =
  (publicUrl: string): ComposeMail =>
  ({ token, account, expiresInSeconds }) => ({
    subject: 'Verify your e-mail address',
    text: `Hello ${account.username ?? ''},

this token proves that the address is yours. It is good for ${hours(expiresInSeconds)}:

${token}

curl -X POST ${publicUrl}/api/v1/account.verify_email \\
  -H 'Content-Type: application/json' \\
  -d '{ "token": "${token}" }'

If you did not ask for it, do nothing.
`,
  });

export const resetMail =
  (publicUrl: string): ComposeMail =>
  ({ token, account, expiresInSeconds }) => ({
    subject: 'Reset your password',
    text: `Hello ${account.username ?? ''},

this token sets a new password. It is good for ${hours(expiresInSeconds)}:

${token}

curl -X POST ${publicUrl}/api/v1/account.reset_password \\
  -H 'Content-Type: application/json' \\
  -d '{ "token": "${token}", "password": "<your new password>" }'

If you did not ask for it, do nothing; your password stays as it is.
`,
  });
