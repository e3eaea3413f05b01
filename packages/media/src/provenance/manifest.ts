/** Everything that a manifest says of a film or of its thumbnail. */
export interface ManifestFacts {
  /** Shown as the title unless the caller gave one. */
  readonly title: string;
  /** Who made it: this server. */
  readonly generator: { readonly name: string; readonly version: string };
  /** Models or renderers that made the picture, as people know them. */
  readonly softwareAgents: readonly string[];
  readonly createdAt: Date;
  /** 16 hex digits; the mark that can be read back from the picture. */
  readonly watermarkId?: string | undefined;
  /** 64 hex digits of the middle frame. */
  readonly fingerprint?: string | undefined;
  readonly hasVisibleMark: boolean;
  /** Pictures that the film was made from, in order: what `ingredients` of the signing carries. */
  readonly ingredientLabels: readonly string[];
  readonly credits: Credits;
}

/** The caller's own words about the work. `other`: what has no name here, kept so that nothing is lost. */
export interface Credits {
  readonly title?: string | undefined;
  readonly author?: string | undefined;
  readonly organization?: string | undefined;
  readonly copyright?: string | undefined;
  readonly license?: string | undefined;
  readonly description?: string | undefined;
  readonly url?: string | undefined;
  readonly software?: string | undefined;
  readonly other?: Readonly<Record<string, string>> | undefined;
}

const trainedAlgorithmicMedia = 'http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia';
/** Not in C2PA's list of soft binding algorithms: these two are this server's own, and `verify` reads them. */
export const softBindingAlgorithms = {
  watermark: 'org.polyreel.watermark.1',
  fingerprint: 'org.polyreel.fingerprint.1',
} as const;

interface Assertion {
  readonly label: string;
  readonly data: unknown;
  readonly kind?: 'Json';
}

/** The definition as the signing library reads it. Pure. */
export const buildManifest = (facts: ManifestFacts): Record<string, unknown> => ({
  claim_generator_info: [facts.generator],
  title: facts.credits.title ?? facts.title,
  assertions: [
    { label: 'c2pa.actions.v2', data: { actions: actionsOf(facts) } },
    ...softBindings(facts),
    ...creativeWork(facts.credits),
    ...otherCredits(facts.credits),
  ],
});

const actionsOf = (facts: ManifestFacts): unknown[] => {
  const when = facts.createdAt.toISOString();
  const { ingredientLabels } = facts;
  return [
    {
      action: 'c2pa.created',
      when,
      digitalSourceType: trainedAlgorithmicMedia,
      softwareAgent: { name: facts.credits.software ?? (facts.softwareAgents.join(', ') || facts.generator.name) },
      ...(ingredientLabels.length > 0 && { parameters: { ingredientIds: ingredientLabels } }),
    },
    ...(facts.hasVisibleMark
      ? [{ action: 'c2pa.edited', when, description: 'A visible watermark was drawn', softwareAgent: facts.generator }]
      : []),
    ...(facts.watermarkId === undefined ? [] : [{ action: 'c2pa.watermarked.bound', when, softwareAgent: facts.generator }]),
  ];
};

const softBindings = (facts: ManifestFacts): Assertion[] => {
  const binding = (alg: string, value: string): Assertion => ({
    label: 'c2pa.soft-binding',
    data: { alg, blocks: [{ scope: {}, value }] },
  });
  return [
    ...(facts.watermarkId === undefined ? [] : [binding(softBindingAlgorithms.watermark, facts.watermarkId)]),
    ...(facts.fingerprint === undefined ? [] : [binding(softBindingAlgorithms.fingerprint, facts.fingerprint)]),
  ];
};

const creativeWork = (credits: Credits): Assertion[] => {
  const authors = [
    ...(credits.author === undefined ? [] : [{ '@type': 'Person', name: credits.author }]),
    ...(credits.organization === undefined ? [] : [{ '@type': 'Organization', name: credits.organization }]),
  ];
  const said = {
    ...(authors.length > 0 && { author: authors }),
    ...(credits.copyright !== undefined && { copyrightNotice: credits.copyright }),
    ...(credits.license !== undefined && { license: credits.license }),
    ...(credits.description !== undefined && { description: credits.description }),
    ...(credits.url !== undefined && { url: credits.url }),
  };
  if (Object.keys(said).length === 0) return [];
  const data = { '@context': 'https://schema.org', '@type': 'CreativeWork', ...said };
  return [{ label: 'stds.schema-org.CreativeWork', data, kind: 'Json' }];
};

const otherCredits = ({ other }: Credits): Assertion[] =>
  other === undefined || Object.keys(other).length === 0 ? [] : [{ label: 'org.polyreel.credits', data: other }];
