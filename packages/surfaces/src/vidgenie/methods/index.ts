import type { Method } from '../method.ts';
import { accountMethods } from './account.ts';
import { apiKeyMethods } from './api-key.ts';
import { assetMethods } from './asset.ts';
import { auditMethods } from './audit.ts';
import { renderMethods } from './render.ts';
import { templateMethods } from './template.ts';
import { webhookMethods } from './webhook.ts';

/** Every method of the document and ours. */
export const methods: readonly Method[] = [
  ...accountMethods,
  ...apiKeyMethods,
  ...assetMethods,
  ...auditMethods,
  ...renderMethods,
  ...templateMethods,
  ...webhookMethods,
];
