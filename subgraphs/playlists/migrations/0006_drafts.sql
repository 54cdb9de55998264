-- Drafts add nothing to how long a playlist takes.
update tracks set duration_ms = 0 where status = 'DRAFT';
