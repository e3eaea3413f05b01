/** Keys, tokens and secrets of this server inside a text of a caller's, where they stand by mistake, cut to their prefix. */
export const maskSecrets = (text: string): string => text.replaceAll(/(vg_(?:live|at|ev|pr)_|whsec_)[\w+/=-]+/g, '$1...');
