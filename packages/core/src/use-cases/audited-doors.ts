import type { NewAuditEntry } from '../ports/audit.ts';
import type { EndpointStore } from '../ports/endpoints.ts';
import type { IdSource } from '../ids.ts';
import type { Engine } from './engine.ts';
import type { Files } from './files/files.ts';

/** The call in hand, for the rows of the audit that its changes leave. */
export interface CallTrail {
  /** Null: nobody is known, or whoever answers writes the rows. */
  entry(action: string, target: string | null): Promise<NewAuditEntry | null>;
}

type Audit = { readonly audit?: NewAuditEntry };

const auditOf = async (trail: CallTrail, action: string, target: string | null): Promise<Audit> => {
  const audit = await trail.entry(action, target);
  return audit === null ? {} : { audit };
};

/** The engine behind the audit: every change leaves a row in its own transaction. What is given with a change stands. */
export const auditedEngine = (engine: Engine, trail: CallTrail): Engine => ({
  ...engine,
  submit: async (request) => engine.submit({ ...(await auditOf(trail, 'job.create', request.externalId)), ...request }),
  cancel: async (query) => engine.cancel({ ...(await auditOf(trail, 'job.cancel', query.externalId)), ...query }),
  remove: async (query) => engine.remove({ ...(await auditOf(trail, 'job.delete', query.externalId)), ...query }),
});

/** As `auditedEngine`. The bytes of an upload come by a link, from nobody known: they leave no row. */
export const auditedFiles = (files: Files, trail: CallTrail, ids: IdSource): Files => ({
  ...files,
  async createUpload(principal, upload) {
    const id = upload.id ?? ids.next('file');
    return files.createUpload(principal, { ...(await auditOf(trail, 'file.create', id)), ...upload, id });
  },
  archive: async (principal, id, effect = {}) =>
    files.archive(principal, id, { ...(await auditOf(trail, 'file.archive', id)), ...effect }),
  publish: async (principal, id, effect = {}) =>
    files.publish(principal, id, { ...(await auditOf(trail, 'file.publish', id)), ...effect }),
  unpublish: async (principal, id, effect = {}) =>
    files.unpublish(principal, id, { ...(await auditOf(trail, 'file.unpublish', id)), ...effect }),
  remove: async (principal, id, options = {}) =>
    files.remove(principal, id, { ...(await auditOf(trail, 'file.delete', id)), ...options }),
});

/** As `auditedEngine`. */
export const auditedEndpoints = (endpoints: EndpointStore, trail: CallTrail): EndpointStore => ({
  ...endpoints,
  create: async (endpoint) => endpoints.create({ ...(await auditOf(trail, 'webhook.create', endpoint.id)), ...endpoint }),
  update: async (key, changes) => endpoints.update({ ...(await auditOf(trail, 'webhook.update', key.id)), ...key }, changes),
  remove: async (key) => endpoints.remove({ ...(await auditOf(trail, 'webhook.delete', key.id)), ...key }),
  rotateSecret: async (key) => endpoints.rotateSecret({ ...(await auditOf(trail, 'webhook.rotate_secret', key.id)), ...key }),
  send: async (key) => endpoints.send({ ...(await auditOf(trail, 'webhook.test', key.id)), ...key }),
  redeliver: async (query) => endpoints.redeliver({ ...(await auditOf(trail, 'webhook.redeliver', query.deliveryId)), ...query }),
});
