-- Blocks of 100 ms by how loud they are, as `pipeline::Histogram` keeps them: of several tracks' the loudness of their album
-- follows. Empty for what was encoded before.
alter table encodings add loudness_histogram integer[] not null default '{}';
-- Of a source with more than two channels: how loud they are as they are. The other figures are those of their mix into two.
alter table encodings add surround_lufs double precision;
alter table encodings add surround_peak_dbtp double precision;
alter table encodings add surround_gain_db double precision;
-- Bits per sample of FLAC; unknown of what was encoded before.
alter table renditions add bit_depth integer;
