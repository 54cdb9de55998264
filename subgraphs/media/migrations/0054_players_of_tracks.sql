-- Which players play a track, to tell them when its length is known better than when it began.
create index players_track_idx on players ((frame #>> '{current,track}')) where frame ->> 'state' = 'PLAYING';
