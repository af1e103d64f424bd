-- The processes that work the queue say that they live, so that another one takes over what a dead one had begun: within
-- seconds, where the queue's own rescue takes minutes. Nobody misses a row, so nothing is written ahead: after a crash of
-- the database the table is empty, and every process is back in it with its next beat.
create unlogged table workers (
  id      text primary key,
  beat_at timestamptz not null
);
grant select, insert, update, delete on workers to aimyorg_worker;
