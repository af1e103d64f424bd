-- A process saves the drafts of all its running answers at once, whatever organizations they belong to: one transaction instead of one
-- for each. The role still reads nothing that anybody wrote. What it writes is sealed for its own row, and only into answers under way;
-- it can't end one, and no longer touches one that is over.
grant select (member_id), update (body, state) on messages to aimyorg_worker;
drop policy beat on messages;
create policy beat on messages for update to aimyorg_worker
  using (state in ('pending', 'streaming')) with check (state in ('pending', 'streaming'));
