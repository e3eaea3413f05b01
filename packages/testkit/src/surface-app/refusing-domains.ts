import type { Accounts, ApiKeyStore, TemplateStore } from '@polyreel/core';

const notHere = (): Promise<never> => Promise.reject(new Error('this domain is tested over the real store'));

/** Accounts, keys, templates and the audit: for surfaces that have none of them. */
export const refusingDomains = {
  people: {
    ...{ register: notHere, verifyEmail: notHere, resendVerification: notHere, signIn: notHere, signOut: notHere, get: notHere },
    ...{ update: notHere, changePassword: notHere, requestPasswordReset: notHere, resetPassword: notHere, remove: notHere },
  } satisfies Accounts,
  users: { findBearer: notHere },
  apiKeys: { create: notHere, list: notHere, revoke: notHere, rotate: notHere, nameOf: notHere } satisfies ApiKeyStore,
  templates: {
    ...{ create: notHere, find: notHere, list: notHere, addVersion: notHere, remove: notHere },
  } satisfies TemplateStore,
  audit: { list: notHere },
  auditBatch: { note: notHere },
  timeline: { check: refuse, fields: refuse, addresses: refuse, generations: refuse, edit: refuse },
  sha256: refuse,
};

function refuse(): never {
  throw new Error('this domain is tested over the real store');
}
