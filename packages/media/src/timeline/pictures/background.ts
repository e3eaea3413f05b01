/** The id under which a background picture of a scene or composition is prepared. */
export const backgroundId = (prefix: string): string => `${prefix}background`;
