import path from 'node:path';
import { notFound } from './errors.ts';
import { invalidId } from './ids.ts';
import { shortId } from './voices.ts';

export interface Presenter {
  /** Stored in file names: never renamed. */
  readonly key: string;
  readonly gender: 'FEMALE' | 'MALE' | 'NEUTRAL';
}

/** Drawn and filmed for this server by its own tools (`presenters/README.md`); nobody's likeness. */
export const presenters: readonly Presenter[] = [
  { key: 'amber', gender: 'FEMALE' },
  { key: 'basil', gender: 'MALE' },
  { key: 'coral', gender: 'FEMALE' },
  { key: 'dune', gender: 'MALE' },
];

const prefix = 'vg_pres_';
export const presenterId = ({ key }: Pick<Presenter, 'key'>): string => shortId(prefix, `presenter:${key}`);

/** Throws 400 `invalid_id` for what is no id, 404 for one of nobody. */
export function findPresenter(id: string): Presenter {
  if (!/^vg_pres_[A-Za-z0-9_-]{1,64}$/.test(id)) throw invalidId('avatarPresenterId');
  const found = presenters.find((presenter) => presenterId(presenter) === id);
  if (!found) throw notFound('Avatar presenter');
  return found;
}

const folder = path.join(import.meta.dirname, 'presenters');
export const presenterFiles = { still: 'image/jpeg', thumbnail: 'image/jpeg', preview: 'video/mp4' } as const;
export type PresenterFile = keyof typeof presenterFiles;

export const presenterPath = (presenter: Presenter, file: PresenterFile): string =>
  path.join(folder, `${presenter.key}-${file}.${file === 'preview' ? 'mp4' : 'jpg'}`);

export const presenterStill = (presenter: Presenter) => ({
  path: presenterPath(presenter, 'still'),
  size: { width: 512, height: 512 },
});

export const toPresenterInfo = (presenter: Presenter, publicUrl: string) => {
  const urlOf = (file: PresenterFile): string => `${publicUrl}/v1/presenters/${presenterId(presenter)}/${file}`;
  return {
    avatarPresenterId: presenterId(presenter),
    displayableGender: presenter.gender,
    imageUrl: urlOf('still'),
    thumbnailUrl: urlOf('thumbnail'),
    previewVideoUrl: urlOf('preview'),
  };
};
