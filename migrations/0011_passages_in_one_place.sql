-- A passage is a little below or above the two kilobytes from which the database keeps a value apart, in pieces, with an index of
-- its own: as many rows again to write, and to look up for each passage that a search shows. Its row stays whole now.
alter table passages set (toast_tuple_target = 8160);
