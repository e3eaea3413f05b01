import type { LibraryFile, LibraryStore } from '@polyreel/core';
import type { SqlPool } from '../sql/sql.ts';
import { libraryColumns, type LibraryRecord, toLibraryFile } from './library-row.ts';

type SearchQuery = Parameters<LibraryStore['search']>[0];
type Found = { file: LibraryFile; similarityRatio: number };
interface FoundRecord extends LibraryRecord {
  similarity: number;
}

const searchable = `files.account_id = $1 AND files.collection = 'library' AND files.archived_at IS NULL AND files.state = 'ready'
  AND NOT files.is_temporary AND files.expires_at IS NULL`;
const separated = (text: string): string => `translate(${text}, '._-/', '    ')`;
const words = `to_tsvector('simple', ${separated("coalesce(files.description, '') || ' ' || files.display_name")})`;

/**
 * By cosine of embeddings where the query has one, else by words: each word that a file has counts by its rank, mapped to 0..1 by
 * r / (r + 1), so that a file with all of the words comes before one with some.
 */
export async function searchLibrary(sql: SqlPool, query: SearchQuery): Promise<readonly Found[]> {
  const rows = query.embedding === null ? await byWords(sql, query) : await byMeaning(sql, query, query.embedding);
  return rows.map((row) => ({ file: toLibraryFile(row), similarityRatio: Math.min(1, Math.max(0, row.similarity)) }));
}

function byMeaning(sql: SqlPool, query: SearchQuery, embedding: readonly number[]): Promise<FoundRecord[]> {
  return sql.rows<FoundRecord>({
    text: `SELECT ${libraryColumns}, closeness.cosine AS similarity FROM files CROSS JOIN LATERAL (
        SELECT sum(own.value * asked.value) / nullif(sqrt(sum(own.value ^ 2)) * sqrt(sum(asked.value ^ 2)), 0) AS cosine
        FROM unnest(files.embedding) WITH ORDINALITY AS own (value, place)
          JOIN unnest($3::float8[]) WITH ORDINALITY AS asked (value, place) USING (place)) AS closeness
      WHERE ${searchable} AND cardinality(files.embedding) = cardinality($3::float8[]) AND closeness.cosine IS NOT NULL
      ORDER BY closeness.cosine DESC, files.id DESC LIMIT $2`,
    values: [query.accountId, query.limit, embedding],
  });
}

/** Any of the words finds a file. Text without a word (signs alone) finds nothing. */
function byWords(sql: SqlPool, query: SearchQuery): Promise<FoundRecord[]> {
  return sql.rows<FoundRecord>({
    text: `WITH asked AS (
        SELECT to_tsquery('simple', string_agg('''' || replace(lexeme, '''', '''''') || '''', ' | ')) AS query, count(*)::float8 AS count
        FROM unnest(to_tsvector('simple', ${separated('$3')})) HAVING count(*) > 0)
      SELECT ${libraryColumns},
        -- 0.06 is what one word at its first place gives.
        (ts_rank(${words}, asked.query) * asked.count / 0.06) / (ts_rank(${words}, asked.query) * asked.count / 0.06 + 1) AS similarity
      FROM files, asked WHERE ${searchable} AND ${words} @@ asked.query
      ORDER BY similarity DESC, files.id DESC LIMIT $2`,
    values: [query.accountId, query.limit, query.text.replaceAll('\0', ' ').toWellFormed()],
  });
}
