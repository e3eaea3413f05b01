-- Names of files are words too: `film.mp4` is found by `film`. `translate` is immutable, a regular expression would do no more.
DROP INDEX "files_words";
CREATE INDEX "files_words" ON "files"
    USING gin (to_tsvector('simple', translate(coalesce("description", '') || ' ' || "display_name", '._-/', '    ')))
    WHERE "collection" IS NOT NULL AND "archived_at" IS NULL;
